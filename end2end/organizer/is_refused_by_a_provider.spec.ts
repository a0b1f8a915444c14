// What comes back from a real OpenID Connect provider and is not taken: changed, replayed, cancelled.
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { unique } from "../fixtures/house";
import { LoginProvider, addressOf, passProvider, type ProviderWish } from "../fixtures/login_provider";

const notAway = "別のブラウザーで戻ってきたようです";
const refused = "ログイン先で手続きが終わっていないようです";
const unbelievable = "ログイン先からの返事を確かめられませんでした";

let provider: LoginProvider;

test.beforeAll(async () => {
  provider = await LoginProvider.start();
});
test.afterAll(() => provider.stop());

/** The same provider, started anew in another way. */
async function restart(wish: ProviderWish) {
  await provider.stop();
  provider = await LoginProvider.start(wish);
}

async function setOut(page: Page) {
  await page.goto("/o/login");
  await page.getByRole("button", { name: "Club でログイン" }).click();
}

/** The mail that proves the address was sent: the provider's answer was believed. */
async function isBelieved(page: Page, name: string) {
  await expect(page.getByText(`${addressOf(name)} にもリンクをお送りしました`)).toBeVisible();
}

/** The page says why, in the person's language, and nobody is logged in. */
async function isStranded(page: Page, why: string) {
  await expect(page.getByRole("heading", { name: "ログインできませんでした" })).toBeVisible();
  await expect(page.getByText(why)).toBeVisible();
  await page.getByRole("link", { name: "ログインの画面へ" }).click();
  await expect(page).toHaveURL(/\/o\/login$/);
  await page.goto("/o");
  await expect(page).toHaveURL(/\/o\/login/);
}

function changed(answer: URL, part: string, value: string) {
  const url = new URL(answer);
  url.searchParams.set(part, value);
  return url.href;
}

for (const withoutJavaScript of [false, true]) {
  test(`an answer is taken once, in its own browser, with its own state, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({
    visit,
  }) => {
    test.setTimeout(60_000);
    const name = unique("state").toLowerCase();
    const page = await visit({ withoutJavaScript });
    await setOut(page);
    const answer = await provider.answerAbout(page, name);
    expect(answer.searchParams.get("iss"), "it names itself").toBe(process.env.EVENTPAY_E2E_ISSUER);

    const elsewhere = await visit({ withoutJavaScript });
    const response = await elsewhere.goto(answer.href);
    expect(response?.status()).toBe(400);
    if (!withoutJavaScript) await isAccessible(elsewhere);
    await isStranded(elsewhere, notAway);

    await page.goto(changed(answer, "state", "another"));
    await isStranded(page, notAway);
    // Somebody's link did not end the way back that was under way.
    await page.goto(answer.href);
    await isBelieved(page, name);
    await page.goto(answer.href);
    await isStranded(page, notAway);
  });
}

test("an answer with another code or of another issuer is not taken, nor is the true one afterwards", async ({ visit }) => {
  test.setTimeout(60_000);
  const changes = [
    ["code", "another", refused],
    ["iss", "https://id.example", unbelievable],
  ] as const;
  for (const [part, value, why] of changes) {
    const page = await visit();
    await setOut(page);
    const answer = await provider.answerAbout(page, unique("changed").toLowerCase());
    await page.goto(changed(answer, part, value));
    await isStranded(page, why);
    await page.goto(answer.href);
    await isStranded(page, notAway);
  }
});

test("a way there that somebody changed leads to nobody's login", async ({ visit }) => {
  test.setTimeout(60_000);
  // The provider answers to a nonce, and to a challenge, that our browser's session does not know.
  const changes = [
    ["nonce", "another", unbelievable],
    ["code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", refused],
  ] as const;
  for (const [part, value, why] of changes) {
    const page = await visit();
    await page.goto("/o/login");
    const form = page.locator("form", { has: page.getByRole("button", { name: "Club でログイン" }) });
    const action = (await form.getAttribute("action")) ?? "";
    const provider = await form.locator("input[name=provider]").getAttribute("value");
    const there = await page.request.post(action, {
      form: { provider: provider ?? "" },
      headers: { origin: new URL(page.url()).origin, accept: "text/html" },
      maxRedirects: 0,
    });
    const way = new URL(there.headers().location ?? "");
    expect(way.searchParams.get(part), "it is told").toBeTruthy();
    await page.goto(changed(way, part, value));
    await passProvider(page, unique("nonce").toLowerCase());
    await isStranded(page, why);
  }
});

test("who turns back over there is told what else to do", async ({ visit }) => {
  const page = await visit();
  await setOut(page);
  await page.getByRole("link", { name: "Cancel" }).click();
  await isStranded(page, refused);
});

test("a provider that knows us by another secret, or is gone, logs nobody in", async ({ visit }) => {
  test.setTimeout(60_000);
  await restart({ clientSecret: "not-the-one-that-the-server-has" });
  const page = await visit();
  await setOut(page);
  await passProvider(page, unique("secret").toLowerCase());
  await isStranded(page, refused);

  const waiting = await visit();
  await setOut(waiting);
  const answer = await provider.answerAbout(waiting, unique("gone").toLowerCase());
  await provider.stop();
  await waiting.goto(answer.href);
  await isStranded(waiting, refused);
  provider = await LoginProvider.start();
});
