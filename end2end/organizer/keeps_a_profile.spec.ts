// The own profile on the screen: a name and a sign among members, the language of pages and mails, and which mails come.
import { mkdirSync } from "node:fs";
import type { Page } from "@playwright/test";
import { label, logIn, logInAgain } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible, isLegibleInTheDark } from "../fixtures/checks";
import { mailbox } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;
const folder = "test-results/looks";

/** As it looks by day and by night, to be looked at. */
async function picture(page: Page, name: string) {
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/${name}.${colorScheme}.png`, fullPage: true, scale: "css" });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

for (const withoutJavaScript of [false, true]) {
  test(`a name and a language are kept, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const email = mailbox("profile");
    const page = await visit({ withoutJavaScript });
    await logIn(page, request, w, email);
    await page.goto("/o/account");
    await page.getByRole("link", { name: "プロフィールを変える" }).click();
    await page.getByLabel(label("表示名")).fill("佐藤\u202e花子");
    await page.getByRole("button", { name: "保存する" }).click();
    await expect(page.getByRole("alert").first()).toContainText("見えない文字");
    if (!withoutJavaScript) {
      await isAccessible(page);
      await isLegibleInTheDark(page);
    }
    await page.getByLabel(label("表示名")).fill("佐藤 花子");
    await page.getByLabel(label("言語")).selectOption("en");
    await page.getByLabel(label("タイムゾーン")).selectOption("Europe/Paris");
    await page.getByRole("button", { name: "保存する" }).click();
    // From here on everything is in English, at the next login too.
    await expect(page.getByText("Your profile was saved")).toBeVisible();
    await expect(page.locator("#profile")).toContainText("佐藤 花子");
    await expect(page.locator("#browsers")).toContainText("Times are those of Europe/Paris.");
    if (!withoutJavaScript) {
      await isAccessible(page);
      await isLegibleInTheDark(page);
      await fitsTheSmallestPhone(page);
    }
    const second = await visit({ withoutJavaScript });
    await logInAgain(second, request, w, email);
    await second.goto("/o/account");
    await expect(second.getByRole("heading", { name: "Your account" })).toBeVisible();
    const notice = await mailTo(request, email, "A new browser logged in");
    expect(notice.text).toContain("(Europe/Paris)");
  });
}

for (const screen of ["phone", "desktop"] as const) {
  test(`a member goes by a name and chooses mails, on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(120_000);
    const owner = await visit({ isOrganizer: true, screen });
    await owner.goto("/o/settings/members");
    const roles = owner.locator("#invite").getByLabel(label("役割"));
    const option = await roles.locator("option").filter({ hasText: /共同幹事/ }).getAttribute("value");
    await roles.selectOption(option ?? "");
    await owner.getByRole("button", { name: "招待する", exact: true }).click();
    const link = new URL(await owner.locator("#invite code.secret").innerText()).pathname;

    const email = mailbox("named");
    const guest = await visit({ screen });
    await logIn(guest, request, w, email);
    await guest.goto(link);
    await guest.getByRole("button", { name: "参加する" }).click();
    await guest.goto("/o");
    await guest.getByRole("link", { name: `アカウント: ${email}` }).click();
    await guest.getByRole("link", { name: "プロフィールを変える" }).click();
    await isAccessible(guest);
    await fitsTheSmallestPhone(guest);
    await picture(guest, `own-profile.${screen}`);
    const name = `森 ${screen}`;
    await guest.getByLabel(label("表示名")).fill(name);
    await guest.getByRole("button", { name: "保存する" }).click();
    await expect(guest.getByText("プロフィールを保存しました")).toBeVisible();
    await picture(guest, `own-account-with-a-name.${screen}`);

    await guest.getByRole("link", { name: "届くメールを選ぶ" }).click();
    const box = guest.getByRole("checkbox", { name: /キャンセルのお申し出/ });
    await expect(box).toBeChecked();
    await box.uncheck();
    await isAccessible(guest);
    await isLegibleInTheDark(guest);
    await fitsTheSmallestPhone(guest);
    await guest.getByRole("button", { name: "保存する" }).click();
    await expect(guest.getByText("届くメールを変えました")).toBeVisible();
    await expect(box).not.toBeChecked();
    await picture(guest, `mail-choices.${screen}`);

    await guest.goto("/o");
    await expect(guest.getByRole("link", { name: `アカウント: ${name}` })).toBeVisible();
    await isAccessible(guest);
    await isLegibleInTheDark(guest);
    await fitsTheSmallestPhone(guest);
    await picture(guest, `events-with-a-sign.${screen}`);

    await owner.goto("/o/settings/members");
    const line = owner.locator(".key-line").filter({ hasText: name });
    await expect(line).toContainText(email);
    await isAccessible(owner);
    await isLegibleInTheDark(owner);
    await fitsTheSmallestPhone(owner);
    await picture(owner, `members-with-signs.${screen}`);
    await line.getByText("外す", { exact: true }).click();
    await line.getByRole("button", { name: /外すことを確定する/ }).click();
    await expect(owner.getByText("メンバーから外しました")).toBeVisible();
  });
}
