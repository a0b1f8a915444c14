// Logging in with a real OpenID Connect provider: proof of both first, the provider alone from then on.
import type { Page } from "@playwright/test";
import { logIn, logInAgain } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { unique } from "../fixtures/house";
import { LoginProvider, addressOf, freshKeys, passProvider, proveThere } from "../fixtures/login_provider";
import { linkIn, mailTo } from "../fixtures/mail";

const w = words.ja;
let provider: LoginProvider;

test.beforeAll(async () => {
  provider = await LoginProvider.start();
});
test.afterAll(() => provider.stop());

/** From our page through the provider's. */
async function logInThere(page: Page, name: string) {
  await page.getByRole("button", { name: "Club でログイン" }).click();
  await passProvider(page, name);
}

/** The same in a browser that the provider knows, where it asks again. */
async function logInAgainThere(page: Page, name: string) {
  await page.getByRole("button", { name: "Club でログイン" }).click();
  await proveThere(page, name);
}

/** Adds the provider's account of this name to the own one. */
async function link(page: Page, name: string) {
  await page.goto("/o/account");
  await page.getByRole("button", { name: "Club を追加" }).click();
  await passProvider(page, name);
}

for (const withoutJavaScript of [false, true]) {
  test(`the first time a mail proves the address, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ visit, request }) => {
    const name = unique("club").toLowerCase();
    const page = await visit({ withoutJavaScript });
    await page.goto("/o/login");
    if (!withoutJavaScript) await isAccessible(page);
    await logInThere(page, name);
    await expect(page.getByText(addressOf(name))).toBeVisible();
    const mail = await mailTo(request, addressOf(name), w.loginSubject);
    await page.goto(linkIn(mail, "/o/login/confirm"));
    await expect(page.getByText("Club のアカウントでも")).toBeVisible();
    await page.getByRole("button", { name: w.logIn, exact: true }).click();
    await expect(page.getByRole("heading", { name: w.firstProfile })).toBeVisible();
    await page.goto("/o/account");
    await expect(page.locator("#ways")).toContainText("Club");
    if (!withoutJavaScript) await isAccessible(page);

    const again = await visit({ withoutJavaScript });
    await again.goto("/o/login");
    await logInThere(again, name);
    await expect(again.getByRole("heading", { name: w.firstProfile })).toBeVisible();
  });
}

test("a verified address over there opens nobody's account here", async ({ visit, request }) => {
  const name = unique("owner").toLowerCase();
  const owner = await visit();
  await logIn(owner, request, w, addressOf(name));
  await expect(owner.getByRole("heading", { name: w.firstProfile })).toBeVisible();

  // Somebody whom the provider knows by the owner's address, and who cannot read its mail.
  const stranger = await visit();
  await stranger.goto("/o/login");
  await logInThere(stranger, name);
  await expect(stranger.getByText(`${addressOf(name)} にもリンクをお送りしました`)).toBeVisible();
  await stranger.goto("/o/account");
  await expect(stranger).toHaveURL(/\/o\/login/);
  await owner.goto("/o/account");
  await expect(owner.locator("#ways")).not.toContainText("最後に使った日時");
  await expect(owner.locator("#ways").getByRole("button", { name: "Club を追加" })).toBeVisible();
});

test("a way in is added by who is logged in, belongs to one account, and opens nothing once removed", async ({ visit, request }) => {
  test.setTimeout(60_000);
  const [name, other] = [unique("linked").toLowerCase(), unique("other").toLowerCase()];
  const page = await visit();
  await logIn(page, request, w, addressOf(other));
  await link(page, name);
  await expect(page.getByText("ログインの方法を追加しました")).toBeVisible();
  await mailTo(request, addressOf(other), "ログインの方法が追加されました");

  // The account is the one of the other address: no mail is asked for.
  const alone = await visit();
  await alone.goto("/o/login");
  await logInThere(alone, name);
  await alone.goto("/o/account");
  await expect(alone.locator("#ways")).toContainText(addressOf(other));

  const somebodyElse = await visit();
  await logIn(somebodyElse, request, w, addressOf(unique("else").toLowerCase()));
  await link(somebodyElse, name);
  await expect(somebodyElse.getByText("すでに別の方のログインに使われています")).toBeVisible();
  await expect(somebodyElse.getByRole("button", { name: "Club を追加" })).toBeVisible();

  await page.goto("/o/account");
  await page.getByRole("button", { name: "Club を外す" }).click();
  await expect(page.getByText("ログインの方法を外しました")).toBeVisible();
  const late = await visit();
  await late.goto("/o/login");
  await logInThere(late, name);
  await expect(late.getByText(`${addressOf(name)} にもリンクをお送りしました`)).toBeVisible();
  await late.goto("/o/account");
  await expect(late).toHaveURL(/\/o\/login/);

  // The mailed link is a way in that nobody can remove.
  const byMail = await visit();
  await logInAgain(byMail, request, w, addressOf(other));
  await expect(byMail.getByRole("heading", { name: w.firstProfile })).toBeVisible();
});

test("who logs in again is asked again over there, though the provider knows the browser", async ({ visit, request }) => {
  test.setTimeout(60_000);
  const name = unique("again").toLowerCase();
  const page = await visit();
  await logIn(page, request, w, addressOf(name));
  await link(page, name);
  await expect(page.getByText("ログインの方法を追加しました")).toBeVisible();

  await page.goto("/o/login?again=1");
  await logInAgainThere(page, name);
  await expect(page.getByRole("heading", { name: w.firstProfile })).toBeVisible();
  // Whoever is not signed in here, in a browser that the provider knows, passes without a word.
  await page.goto("/o/account");
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.goto("/o/login");
  await page.getByRole("button", { name: "Club でログイン" }).click();
  await expect(page.getByRole("heading", { name: w.firstProfile })).toBeVisible();
  // That shows nothing of who sits there: before the ways in change, somebody has to be there.
  await page.goto("/o/account");
  await page.getByRole("button", { name: "認証アプリを設定" }).click();
  await expect(page.getByText("もう一度ログインしてから続けてください")).toBeVisible();
  await logInAgainThere(page, name);
  await page.goto("/o/account");
  await page.getByRole("button", { name: "認証アプリを設定" }).click();
  await expect(page.locator("code.secret")).toBeVisible();
});

// The last of all that log in over there: for a minute after it the server reads no keys again.
test("new keys of the provider are learned, but not as often as anybody likes", async ({ visit }) => {
  test.setTimeout(60_000);
  const logInAs = async (name: string) => {
    await provider.stop();
    provider = await LoginProvider.start({ keys: freshKeys() });
    const page = await visit();
    await page.goto("/o/login");
    await logInThere(page, name);
    return page;
  };
  const name = unique("rotated").toLowerCase();
  const learned = await logInAs(name);
  await expect(learned.getByText(`${addressOf(name)} にもリンクをお送りしました`)).toBeVisible();
  const forged = await logInAs(unique("forged").toLowerCase());
  await expect(forged.getByText("ログイン先からの返事を確かめられませんでした")).toBeVisible();
  await forged.goto("/o");
  await expect(forged).toHaveURL(/\/o\/login/);
});
