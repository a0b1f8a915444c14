// Logging in with a real OpenID Connect provider: proof of both first, the provider alone from then on.
import type { Server } from "node:http";
import type { Page } from "@playwright/test";
import { CodeApp, logIn } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { unique } from "../fixtures/house";
import { startLoginProvider } from "../fixtures/login_provider";
import { linkIn, mailTo } from "../fixtures/mail";

const w = words.ja;
let provider: Server;

test.beforeAll(async () => {
  provider = await startLoginProvider();
});
test.afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});

/** Through the provider's own pages: who it is, and that we may know. */
async function logInThere(page: Page, name: string) {
  await page.getByRole("button", { name: "Club でログイン" }).click();
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("anything");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]", { hasText: "Continue" }).click();
}

for (const withoutJavaScript of [false, true]) {
  test(`the first time a mail proves the address, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ visit, request }) => {
    const name = unique("club").toLowerCase();
    const page = await visit({ withoutJavaScript });
    await page.goto("/o/login");
    await isAccessible(page);
    await logInThere(page, name);
    await expect(page.getByText(`${name}@example.com`)).toBeVisible();
    const mail = await mailTo(request, `${name}@example.com`, w.loginSubject);
    await page.goto(linkIn(mail, "/o/login/confirm"));
    await expect(page.getByText("Club のアカウントでも")).toBeVisible();
    await page.getByRole("button", { name: w.logIn, exact: true }).click();
    await expect(page.getByRole("heading", { name: w.firstProfile })).toBeVisible();
    await page.goto("/o/account");
    await expect(page.locator("#ways")).toContainText("Club");
    await isAccessible(page);

    const again = await visit({ withoutJavaScript });
    await again.goto("/o/login");
    await logInThere(again, name);
    await expect(again.getByRole("heading", { name: w.firstProfile })).toBeVisible();
  });
}

test("a code app is asked for at login, and its code works once", async ({ visit, request }) => {
  const email = `${unique("app").toLowerCase()}@example.com`;
  const app = new CodeApp();
  const page = await visit();
  await logIn(page, request, w, email);
  await app.confirm(page);
  await isAccessible(page);
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.goto("/o/login");
  await page.getByRole("textbox").fill(email);
  await page.getByRole("button", { name: w.sendLink }).click();
  const button = page.getByRole("button", { name: w.logIn, exact: true });
  // The first link is used up; the second may still be on its way.
  await expect(async () => {
    await page.goto(linkIn(await mailTo(request, email, w.loginSubject), "/o/login/confirm"));
    await expect(button).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await button.click();
  await expect(page).toHaveURL(/\/o\/login\/second/);
  await isAccessible(page);
  await page.getByLabel(/^6桁のコード/).fill("000000");
  await page.getByRole("button", { name: "確認する", exact: true }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await page.goto("/o");
  await expect(page, "not in before the second factor").toHaveURL(/\/o\/login/);
});
