// Logging in with a real OpenID Connect provider: proof of both first, the provider alone from then on.
import type { Server } from "node:http";
import type { Page } from "@playwright/test";
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
    if (!withoutJavaScript) await isAccessible(page);
    await logInThere(page, name);
    await expect(page.getByText(`${name}@example.com`)).toBeVisible();
    const mail = await mailTo(request, `${name}@example.com`, w.loginSubject);
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
