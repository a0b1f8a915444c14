// One's own account on the screen: where one is logged in, another address, one's own data, and the end of it.
import { label, logIn, logInAgain } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { unique } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";

const w = words.ja;

function mailbox(name: string) {
  return `${unique(name).toLowerCase()}@example.com`;
}

test("a new browser is told of by mail, and is signed out from the first", async ({ visit, request }) => {
  test.setTimeout(90_000);
  const email = mailbox("browsers");
  const first = await visit();
  await logIn(first, request, w, email);
  const second = await visit();
  await logInAgain(second, request, w, email);
  await mailTo(request, email, "新しいブラウザーでログインがありました");
  await first.goto("/o/account");
  const browsers = first.locator("#browsers");
  await expect(browsers.locator("li")).toHaveCount(2);
  await expect(browsers).toContainText("Chrome");
  await isAccessible(first);
  await browsers.getByRole("button", { name: "ほかのブラウザーをすべてログアウト" }).click();
  await expect(first.getByText("ログアウトしました")).toBeVisible();
  await expect(browsers.locator("li")).toHaveCount(1);
  await second.goto("/o/account");
  await expect(second).toHaveURL(/\/o\/login/);
});

for (const withoutJavaScript of [false, true]) {
  test(`both mailboxes change the address, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const [before, after] = [mailbox("before"), mailbox("after")];
    const page = await visit({ withoutJavaScript });
    await logIn(page, request, w, before);
    await page.goto("/o/account");
    await page.getByLabel(label("新しいメールアドレス")).fill(after);
    await page.getByRole("button", { name: "確認のメールを送る" }).click();
    await expect(page.getByText("両方のアドレスに確認のメールをお送りしました")).toBeVisible();
    for (const email of [after, before]) {
      const mail = await mailTo(request, email, "メールアドレスの変更の確認");
      await page.goto(linkIn(mail, "/o/account/email"));
      await expect(page.getByText(after)).toBeVisible();
      if (!withoutJavaScript) await isAccessible(page);
      await page.getByRole("button", { name: "確認する", exact: true }).click();
    }
    await expect(page.getByText("アドレスを変えました")).toBeVisible();
    await mailTo(request, before, "メールアドレスが変わりました");
    await logIn(page, request, w, after);
    await page.goto("/o/account");
    await expect(page.locator("#email")).toContainText(after);
  });
}

test("the own data is taken out, and the account is deleted", async ({ visit, request }) => {
  test.setTimeout(90_000);
  const email = mailbox("gone");
  const page = await visit();
  await logIn(page, request, w, email);
  await page.goto("/o/account");
  const started = page.waitForEvent("download");
  await page.getByRole("link", { name: "データを書き出す（JSON）" }).click();
  expect((await started).suggestedFilename()).toBe("eventpay-account.json");
  const data = await (await page.request.get("/o/account/data.json")).json();
  expect(data.account.email).toBe(email);

  await page.getByRole("link", { name: "アカウントを削除する" }).click();
  await isAccessible(page);
  await page.getByRole("button", { name: "アカウントを削除する" }).click();
  await expect(page.getByRole("alert").first()).toContainText("確認のチェックを入れてください");
  await page.getByLabel("元に戻せないことを確認しました").check();
  await page.getByRole("button", { name: "アカウントを削除する" }).click();
  await expect(page.getByText("アカウントを削除しました")).toBeVisible();
  await mailTo(request, email, "アカウントを削除しました");
  await page.goto("/o/account");
  await expect(page).toHaveURL(/\/o\/login/);
});
