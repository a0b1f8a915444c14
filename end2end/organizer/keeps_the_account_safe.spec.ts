// Second factors on the screen: a code app, a recovery code, a passkey, and being asked again before what matters.
import type { Page } from "@playwright/test";
import { CodeApp, introduceOneself, label, logIn, logInAgain } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { unique } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;
const factorField = /^6桁のコード/;

/** A phone with a finger on it: Chromium's own authenticator, at the end of its debugging protocol. */
async function withAuthenticator(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** Whether it knows whose finger it is. */
    knowsOwner: (isUserVerified: boolean) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

test("a code app is asked for at login; its code works once, and so does a recovery code", async ({ visit, request }) => {
  test.setTimeout(90_000);
  const email = `${unique("app").toLowerCase()}@example.com`;
  const page = await visit();
  await logIn(page, request, w, email);
  await page.goto("/o/account");
  await isAccessible(page);
  const app = new CodeApp();
  await app.confirm(page);
  await mailTo(request, email, "二段階認証が追加されました");
  const codes = app.recoveryCodes;
  await page.getByRole("button", { name: "ログアウト" }).click();

  await logInAgain(page, request, w, email);
  await expect(page).toHaveURL(/\/o\/login\/second/);
  await isAccessible(page);
  await page.getByLabel(factorField).fill("000000");
  await page.getByRole("button", { name: "確認する", exact: true }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.goto("/o");
  await expect(page, "not in before the second factor").toHaveURL(/\/o\/login/);
  await page.goto("/o/login/second");
  const code = app.code();
  await page.getByLabel(factorField).fill(code);
  await page.getByRole("button", { name: "確認する", exact: true }).click();
  await expect(page.getByRole("heading", { name: w.firstProfile })).toBeVisible();

  const other = await visit({ withoutJavaScript: true });
  await logInAgain(other, request, w, email);
  for (const [typed, isRight] of [[code, false], [codes[0] ?? "", true]] as const) {
    await other.getByLabel(factorField).fill(typed);
    await other.getByRole("button", { name: "確認する", exact: true }).click();
    if (!isRight) await expect(other.getByRole("alert").first()).toBeVisible();
  }
  await expect(other.getByRole("heading", { name: w.firstProfile })).toBeVisible();
  await other.goto("/o/account");
  await expect(other.locator("#factors")).toContainText("残り9個");
});

test("a passkey is made, logs in alone, and confirms", async ({ visit, request }) => {
  test.setTimeout(90_000);
  const email = `${unique("key").toLowerCase()}@example.com`;
  const page = await visit();
  const phone = await withAuthenticator(page);
  await logIn(page, request, w, email);
  await introduceOneself(page, w, unique("幹事"));
  await page.goto("/o/account");
  await page.getByLabel(label("パスキーの名前")).fill("わたしの電話");
  await page.getByRole("button", { name: "パスキーを追加" }).click();
  await expect(page.locator(".recovery-codes li")).toHaveCount(10);
  await page.getByRole("link", { name: "書きとめました" }).click();
  await expect(page.locator("#factors")).toContainText("わたしの電話");
  expect((await phone.credentials()).length).toBe(1);

  await test.step("it logs in alone, once it knows its owner", async () => {
    await page.getByRole("button", { name: "ログアウト" }).click();
    await page.goto("/o/login");
    await page.getByRole("link", { name: "パスキーでログイン" }).click();
    await isAccessible(page);
    await phone.knowsOwner(false);
    await page.getByRole("button", { name: "パスキーを使う" }).click();
    await expect(page.getByText("パスキーを使えませんでした")).toBeVisible();
    await phone.knowsOwner(true);
    await page.getByRole("button", { name: "パスキーを使う" }).click();
    await expect(page.getByRole("heading", { name: w.firstEvent })).toBeVisible();
  });

  await test.step("after a mailed link it is the second factor", async () => {
    await page.goto("/o/account");
    await page.getByRole("button", { name: "ログアウト" }).click();
    await logInAgain(page, request, w, email);
    await expect(page).toHaveURL(/\/o\/login\/second/);
    await page.getByRole("button", { name: "パスキーで確認" }).click();
    await expect(page.getByRole("heading", { name: w.firstEvent })).toBeVisible();
  });
});

for (const withoutJavaScript of [false, true]) {
  test(`an organizer asks for confirmation and the form goes on, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const email = `${unique("safe").toLowerCase()}@example.com`;
    const page = await visit({ withoutJavaScript });
    await logIn(page, request, w, email);
    await introduceOneself(page, w, unique("幹事"));
    const app = new CodeApp();
    await app.confirm(page);
    await page.goto("/o/settings");
    await page.getByLabel("確認を求める").check();
    await page.getByLabel(label("この金額を超える返金")).fill("5000");
    await page.getByRole("button", { name: "確認の設定を保存" }).click();
    await expect(page.getByText("確認の設定を保存しました")).toBeVisible();
    if (!withoutJavaScript) await isAccessible(page);

    await page.goto("/o/account");
    await page.getByRole("button", { name: "認証アプリを外す" }).click();
    await expect(page.getByText("二段階認証を外しました")).toBeVisible();

    // Another browser has a fresh login, and nothing that it was confirmed with.
    const later = await visit({ withoutJavaScript });
    await logInAgain(later, request, w, email);
    await later.goto("/o/payouts/account");
    await later.getByLabel(label("銀行コード（4けた）")).fill("0001");
    await later.getByLabel(label("支店コード（3けた）")).fill("001");
    await later.getByLabel(label("預金の種類")).selectOption("ordinary");
    await later.getByLabel(label("口座番号（7けた以内）")).fill("123456");
    await later.getByLabel(label("口座名義（カタカナ）")).fill("タナカ ハナコ");
    await later.getByRole("button", { name: "この口座を保存する" }).click();
    await expect(later.getByRole("heading", { name: "二段階認証の設定が必要です" })).toBeVisible();
    if (!withoutJavaScript) await isAccessible(later);
    await later.getByRole("link", { name: "アカウントの画面で設定する" }).click();
    await new CodeApp().setUp(later);
    await later.getByRole("link", { name: "書きとめました" }).click();
    await expect(later.getByText("口座の登録")).toBeVisible();
    if (!withoutJavaScript) await isAccessible(later);
    await later.getByRole("button", { name: "続ける", exact: true }).click();
    await expect(later.getByText("口座を保存しました")).toBeVisible();
  });
}
