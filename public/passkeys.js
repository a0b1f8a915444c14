// Talks to authenticators for the forms that ask for a passkey. Without it those forms stay hidden, and codes remain.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const known = (form) =>
  form.dataset.credentials
    .split(" ")
    .filter(Boolean)
    .map((id) => ({ type: "public-key", id: bytes(id) }));

/** Makes a passkey; the server reads its public key from the authenticator's data. */
async function create(form) {
  const { rp, challenge, handle, person } = form.dataset;
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: rp, name: "EventPay" },
      user: { id: bytes(handle), name: person, displayName: person },
      challenge: bytes(challenge),
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: known(form),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestation: "none",
    },
  });
  return {
    client_data: made.response.clientDataJSON,
    authenticator_data: made.response.getAuthenticatorData(),
  };
}

/** Lets a passkey answer the question. */
async function get(form) {
  const { rp, challenge } = form.dataset;
  const answer = await navigator.credentials.get({
    publicKey: {
      rpId: rp,
      challenge: bytes(challenge),
      allowCredentials: known(form),
      userVerification: "required",
    },
  });
  return {
    credential: answer.rawId,
    client_data: answer.response.clientDataJSON,
    authenticator_data: answer.response.authenticatorData,
    signature: answer.response.signature,
    handle: answer.response.userHandle ?? new ArrayBuffer(0),
  };
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[data-problem]");
    problem.hidden = true;
    try {
      const fields = await (form.dataset.passkey === "create" ? create(form) : get(form));
      for (const [name, value] of Object.entries(fields)) form.elements[name].value = text(value);
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
