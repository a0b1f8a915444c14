// What nobody should send, over HTTP: every answer is a clear refusal or the way back to the form, never a failure of ours;
// and what is kept of it is shown as the text it is.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { APIRequestContext, Browser } from "@playwright/test";
import { expect, signIn, someAddress, test } from "../fixtures/app";
import { baseURL, House, mailbox, type TestEvent } from "../fixtures/house";

/** Every form endpoint there is, with its fields, read from the sources: a new one cannot be forgotten. */
function endpoints() {
  const folder = join(import.meta.dirname, "../../app/src/api");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((it) => it.endsWith(".rs"));
  const found: { path: string; fields: string[] }[] = [];
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const structs = [...text.matchAll(/pub struct \w+ \{([^}]*)\}/g)].map((it) => it[1] ?? "").join("\n");
    const inForm = [...structs.matchAll(/pub (\w+): String/g)].map((it) => `form[${it[1]}]`);
    for (const it of text.matchAll(/endpoint = "([^"]+)"\)\]\s*pub async fn \w+\(([\s\S]*?)\)\s*->/g)) {
      const fields = [...(it[2] ?? "").matchAll(/(\w+): (String|BTreeMap)/g)].map((it) => it[1] ?? "");
      const hasForm = /form: \w+Fields/.test(it[2] ?? "");
      found.push({ path: `/api/${it[1]}`, fields: hasForm ? [...fields, ...inForm] : fields });
    }
  }
  return found;
}

// A server that refuses a huge body hangs up instead of reading it, so nothing may follow on the same connection.
const connection = "close";
const maxRetries = 3;
const form = "application/x-www-form-urlencoded";
const words = [
  "'; DROP TABLE orders; --",
  "1 OR 1=1",
  "<script>alert(1)</script><img src=x onerror=alert(2)>",
  "\"><svg onload=alert(3)>",
  "{{7*7}}${7*7}%00",
  "../../../../etc/passwd",
  "a\r\nSet-Cookie: a=b\r\nBcc: c@example.com",
  "\u0000\u202e\ufeff\u{1F468}\u200d\u{1F469}\u200d\u{1F467}",
  "9".repeat(400),
  "長".repeat(1_000),
  "-1",
  "NaN",
];

type Sent = { what: string; type?: string; body: string | Buffer };

/** Bodies that are wrong in every way a form can be. */
function bodies(fields: string[]): Sent[] {
  const all = (value: string) => fields.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return [
    ...words.map((word) => ({ what: word.slice(0, 30), type: form, body: all(word) })),
    { what: "nothing", type: form, body: "" },
    { what: "no type", body: all("x") },
    { what: "escaped bytes that are no UTF-8", type: form, body: fields.map((name) => `${name}=%ff%fe%c3%28`).join("&") },
    { what: "bytes that are no UTF-8", type: form, body: Buffer.concat(fields.map((name) => Buffer.from([...Buffer.from(`&${name}=`), 0xff, 0xfe, 0xc3, 0x28]))) },
    { what: "broken escapes", type: form, body: fields.map((name) => `${name}=%`).join("&") },
    { what: "every field twice", type: form, body: `${all("a")}&${all("b")}` },
    { what: "nested too deep", type: form, body: `${fields[0]}${"[a]".repeat(500)}=1` },
    { what: "a list where a text belongs", type: form, body: fields.map((name) => `${name}[]=1&${name}[x]=2`).join("&") },
    { what: "huge", type: form, body: `${fields[0]}=${"a".repeat(280_000)}` },
    { what: "JSON", type: "application/json", body: JSON.stringify(Object.fromEntries(fields.map((it) => [it, 1]))) },
    { what: "a file", type: "multipart/form-data; boundary=x", body: "--x\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n" },
    { what: "plain text", type: "text/plain", body: all("x") },
    { what: "no type that is one", type: "x", body: all("x") },
  ];
}

/** Nothing but a refusal (4xx) or the way back to the form (3xx). */
async function isRefused(request: APIRequestContext, path: string, sent: Sent) {
  const headers: Record<string, string> = { connection, accept: "text/html", "x-forwarded-for": someAddress() };
  if (sent.type) headers["content-type"] = sent.type;
  const data = typeof sent.body === "string" ? Buffer.from(sent.body) : sent.body;
  const answer = await request.post(path, { headers, data, maxRedirects: 0, maxRetries });
  expect.soft(answer.status(), `${path}: ${sent.what}`).toBeGreaterThanOrEqual(300);
  expect.soft(answer.status(), `${path}: ${sent.what}`).toBeLessThan(500);
  expect.soft(answer.headers()["set-cookie"] ?? "", `${path}: ${sent.what}`).not.toContain("a=b");
  return answer;
}

test("every form endpoint refuses what no form sends, for strangers", async ({ request }) => {
  test.setTimeout(240_000);
  const all = endpoints();
  expect(all.length).toBeGreaterThan(25);
  for (const { path, fields } of all) {
    for (const sent of bodies(fields)) await isRefused(request, path, sent);
  }
});

/** A browser of a fresh organizer with an event. */
async function freshOrganizer(browser: Browser) {
  const house = await House.open();
  const event = await house.event();
  const context = await browser.newContext({ storageState: await signIn(browser, house), baseURL });
  return { event, context };
}

test("every form endpoint refuses what no form sends, for an organizer", async ({ browser }) => {
  test.setTimeout(480_000);
  // Nobody else's limits are used up.
  let somebody = await freshOrganizer(browser);
  for (const { path, fields } of endpoints()) {
    // Signing out would end the test's own session; the others act on what is named.
    if (path.endsWith("/log_out")) continue;
    // What ends an event is spared it; the others get one that is there, so that all their fields are read.
    const isEnd = /delete|duplicate|close|reopen|publish|discard|remove/.test(path);
    for (const sent of bodies(fields)) {
      const send = async () => {
        const { event, context } = somebody;
        const body = typeof sent.body === "string" && !isEnd ? sent.body.replace(/^event=[^&]*/, `event=${event.id}`) : sent.body;
        return await isRefused(context.request, path, { ...sent, body });
      };
      if ((await send()).status() !== 429) continue;
      // One account may come so often only; another goes on, so that every body is read.
      await somebody.context.close();
      somebody = await freshOrganizer(browser);
      expect.soft((await send()).status(), `${path}: ${sent.what}`).not.toBe(429);
    }
  }
  await somebody.context.close();
});

test("an order form with hostile fields comes back or is refused", async ({ house, request }) => {
  const event = await house.event();
  for (const word of words) {
    const [ticketType] = event.ticketTypes;
    for (const field of ["event", "buyer_name", "buyer_email", "attendee_names", "key", `quantity[${ticketType}]`, "quantity[x]"]) {
      const good: Record<string, string> = {
        event: event.slug,
        [`quantity[${ticketType}]`]: "1",
        buyer_name: "A",
        buyer_email: "no address",
      };
      const body = new URLSearchParams({ ...good, [field]: word }).toString();
      await isRefused(request, "/api/orders/place", { what: `${field}: ${word.slice(0, 20)}`, type: form, body });
    }
  }
  const { data } = await house.get<{ data: unknown[] }>(`/events/${event.id}/orders`);
  expect(data).toHaveLength(0);
});

test("webhooks, the API and odd addresses answer with refusals", async ({ house, request }) => {
  const event = await house.event();
  const json = "application/json";
  const sent: Sent[] = [
    { what: "nothing", type: json, body: "" },
    { what: "half", type: json, body: "{" },
    { what: "null", type: json, body: "null" },
    { what: "no UTF-8", type: json, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
    { what: "deep", type: json, body: "[".repeat(100_000) },
    { what: "huge", type: json, body: `"${"a".repeat(280_000)}"` },
    { what: "form", type: form, body: "a=b" },
    { what: "no type", body: "{}" },
    { what: "words", type: json, body: JSON.stringify(Object.fromEntries(words.map((it) => [it, it]))) },
  ];
  const paths = ["", `/${event.id}/orders`, `/${event.id}/ticket_types`, "/%00/orders", "/'%20or%201=1--/publish"].map((it) => `/api/v1/events${it}`);
  for (const path of [...paths, "/api/v1/payments/pay_x/refunds"]) {
    for (const it of sent) {
      const headers: Record<string, string> = { connection, authorization: `Bearer ${house.apiKey}` };
      if (it.type) headers["content-type"] = it.type;
      const data = typeof it.body === "string" ? Buffer.from(it.body) : it.body;
      const answer = await request.post(path, { headers, data, maxRetries });
      expect.soft(answer.status(), `${path}: ${it.what}`).toBeGreaterThanOrEqual(400);
      expect.soft(answer.status(), `${path}: ${it.what}`).toBeLessThan(500);
      expect.soft(answer.headers()["content-type"], `${path}: ${it.what}`).toContain("application/problem+json");
    }
  }
  for (const it of sent) {
    const headers: Record<string, string> = { connection, "x-komoju-signature": "0".repeat(64) };
    if (it.type) headers["content-type"] = it.type;
    const data = typeof it.body === "string" ? Buffer.from(it.body) : it.body;
    const answer = await request.post("/webhooks/komoju", { headers, data, maxRetries });
    expect.soft(answer.status(), `webhook: ${it.what}`).toBeGreaterThanOrEqual(400);
    expect.soft(answer.status(), `webhook: ${it.what}`).toBeLessThan(500);
  }
  for (const path of ["/e/%00", "/e/%ff%fe", "/e/..%2f..%2fetc%2fpasswd", "/e/orders/%00", "/o/events/%ff", "/o/orders/'--", "/files/%00", "/pkg/%2e%2e/secrets.json", "/e/a/calendar.ics", "/live/events/x?token=%00", "/o/login/confirm?token=%ff%fe", "/e/x?lang=%ff"]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect.soft(answer.status(), path).toBeLessThan(500);
  }
});

test("what looks like a page is shown as the text it is", async ({ house, visit }) => {
  const evil = "<script>alert(1)</script><img src=x onerror=alert(2)>";
  const event: TestEvent = await house.event({
    title: `忘年会 ${evil}`,
    description: `${evil}\n\n[link](javascript:alert(3)) ![x](https://evil.example/x.png)\n\n<iframe src="https://evil.example"></iframe>`,
    ticketTypes: [{ name: `一般 ${evil}`.slice(0, 70), price: 3000, description: evil }],
  });
  const order = await house.order(event, { name: evil, email: mailbox("evil") });
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  const paths = [
    `/e/${event.slug}`,
    order.statusPath,
    `/o/events/${event.id}`,
    `/o/events/${event.id}/orders?q=${encodeURIComponent(evil)}`,
    `/o/events/${event.id}/share`,
    `/o/events/${event.id}/edit`,
    `/o/events/${event.id}/tickets`,
    `/o/orders/${order.id}`,
    "/o",
  ];
  for (const path of paths) {
    await page.goto(path);
    expect.soft(await page.locator('img[src="x"], iframe, a[href^="javascript"]').count(), path).toBe(0);
    const scripts = await page.locator("script").evaluateAll((all) => all.filter((it) => it.textContent === "alert(1)").length);
    expect.soft(scripts, path).toBe(0);
  }
  await page.goto(`/o/orders/${order.id}`);
  await expect(page.getByRole("heading", { name: evil })).toBeVisible();
});
