// Members: an owner invites somebody by link, who sees what the role allows and nothing after being removed.
import type { APIRequestContext, Page } from "@playwright/test";
import { label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible, isLegibleInTheDark } from "../fixtures/checks";
import { mailbox } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";

const w = words.ja;

type Invitation = { role: RegExp; email?: string; event?: string };

/** The owner asks somebody to join, and gets the link. */
async function invite(owner: Page, { role, email, event }: Invitation) {
  await owner.goto("/o/settings");
  await owner.getByRole("link", { name: "メンバーを見る" }).click();
  if (email) await owner.getByLabel(label("メールアドレス")).fill(email);
  const roles = owner.locator("#invite").getByLabel(label("役割"));
  const option = await roles.locator("option").filter({ hasText: role }).getAttribute("value");
  await roles.selectOption(option ?? "");
  if (event) await owner.getByLabel(label("担当するイベント")).selectOption({ label: event });
  await owner.getByRole("button", { name: "招待する", exact: true }).click();
  await expect(owner.getByText("招待しました")).toBeVisible();
  return new URL(await owner.locator("#invite code.secret").innerText()).pathname;
}

/** From an invitation over the login to being a member. */
async function logInFromInvitation(guest: Page, request: APIRequestContext, path: string, email: string) {
  await guest.goto(path);
  await guest.getByRole("button", { name: "ログインして参加する" }).click();
  await guest.getByRole("textbox").fill(email);
  await guest.getByRole("button", { name: w.sendLink }).click();
  const mail = await mailTo(request, email, w.loginSubject);
  await guest.goto(linkIn(mail, "/o/login/confirm"));
  await guest.getByRole("button", { name: w.logIn, exact: true }).click();
  await expect(guest).toHaveURL(new RegExp(`${path}$`));
  await expect(guest.getByText(email)).toBeVisible();
}

async function isRefused(page: Page, path: string) {
  const response = await page.goto(path);
  expect(response?.status(), path).toBe(403);
  await expect(page.getByRole("heading", { name: "この操作はできません" })).toBeVisible();
  await expect(page.getByText("幹事に役割を変えてもらってください")).toBeVisible();
}

for (const screen of ["phone", "desktop"] as const) {
  test(`a receptionist joins by link, sees who comes, and is out at once, on a ${screen}`, async ({
    house,
    visit,
    request,
  }) => {
    test.setTimeout(90_000);
    const event = await house.event({ title: `受付をたのむ会 ${screen}` });
    const paid = await house.paidOrder(event, { name: "木村 葵" });
    const owner = await visit({ isOrganizer: true, screen });
    const path = await invite(owner, { role: /受付/ });

    const email = mailbox("reception");
    const guest = await visit({ screen });
    await logInFromInvitation(guest, request, path, email);
    await guest.getByRole("button", { name: "参加する" }).click();
    await expect(guest.getByRole("heading", { name: "イベント", exact: true })).toBeVisible();
    // No button leads where one may not go.
    await expect(guest.getByRole("link", { name: w.createEvent })).toHaveCount(0);
    await guest.goto(`/o/events/${event.id}`);
    await expect(guest.getByText("木村 葵").first()).toBeVisible();
    await expect(guest.getByRole("button", { name: "受付を終了" })).toHaveCount(0);
    await expect(guest.getByRole("navigation").getByRole("link", { name: "区分と料金" })).toHaveCount(0);
    await guest.goto(`/o/orders/${paid.id}`);
    await expect(guest.getByRole("heading", { name: /木村 葵/ })).toBeVisible();
    await expect(guest.getByRole("link", { name: /返金/ })).toHaveCount(0);
    await expect(guest.locator('a[href^="/e/orders/"]')).toHaveCount(0);

    await isRefused(guest, "/o/payouts");
    await isAccessible(guest);
    await isLegibleInTheDark(guest);
    await fitsTheSmallestPhone(guest);
    await isRefused(guest, `/o/events/${event.id}/edit`);
    await isRefused(guest, "/o/audit");

    // A link opens once.
    const late = await visit({ screen });
    const over = await late.goto(path);
    expect(over?.status()).toBe(410);
    await expect(late.getByRole("heading", { name: "この招待は使えません" })).toBeVisible();
    await isAccessible(late);

    await guest.goto("/o");
    await owner.goto("/o/settings/members");
    await isAccessible(owner);
    const line = owner.locator(".key-line").filter({ hasText: email });
    await expect(line).toContainText("受付");
    await line.getByText("外す", { exact: true }).click();
    await line.getByRole("button", { name: /外すことを確定する/ }).click();
    await expect(owner.getByText("メンバーから外しました")).toBeVisible();
    await expect(owner.locator(".key-line").filter({ hasText: email })).toHaveCount(0);
    // The session that was open a moment ago opens nothing of the organizer's.
    await guest.reload();
    await expect(guest.getByRole("heading", { name: w.firstProfile })).toBeVisible();
    await expect(guest.getByText(event.title)).toHaveCount(0);
  });
}

test("a co-host of one event is invited by mail, and nobody else may accept", async ({ house, visit, request }) => {
  test.setTimeout(90_000);
  const event = await house.event({ title: "共同でひらく会" });
  const other = await house.event({ title: "見せない会" });
  const owner = await visit({ isOrganizer: true });
  const email = mailbox("cohost");
  await invite(owner, { role: /共同幹事/, email, event: event.title });
  const mail = await mailTo(request, email, "からの招待");
  expect(mail.text).toContain("共同幹事");
  expect(mail.text).toContain(event.title);
  const path = new URL(linkIn(mail, "/o/invitations/")).pathname;

  const stranger = await visit();
  await logInFromInvitation(stranger, request, path, mailbox("stranger"));
  await stranger.getByRole("button", { name: "参加する" }).click();
  await expect(stranger.getByText("別のメールアドレスに送られたものです")).toBeVisible();
  await isAccessible(stranger);

  const guest = await visit();
  await logInFromInvitation(guest, request, path, email);
  await guest.getByRole("button", { name: "参加する" }).click();
  await expect(guest.getByRole("heading", { name: event.title })).toBeVisible();
  await expect(guest.getByText(other.title)).toHaveCount(0);
  await isAccessible(guest);
  await guest.goto(`/o/events/${event.id}/edit`);
  await expect(guest.getByRole("button", { name: "複製する" })).toHaveCount(0);
  const strange = await guest.goto(`/o/events/${other.id}`);
  expect(strange?.status()).toBe(404);
  await isRefused(guest, "/o/settings");

  await guest.goto("/o");
  await guest.getByText("抜ける", { exact: true }).click();
  await guest.getByRole("button", { name: /抜けることを確定する/ }).click();
  await expect(guest.getByRole("heading", { name: w.firstProfile })).toBeVisible();
});

test("the last owner stays", async ({ visit }) => {
  const owner = await visit({ isOrganizer: true });
  await owner.goto("/o/settings/members");
  const line = owner.locator(".key-line").filter({ hasText: "あなた" });
  await line.getByText("抜ける", { exact: true }).click();
  await line.getByRole("button", { name: /抜けることを確定する/ }).click();
  await expect(owner.getByText("先に別の人を幹事にしてください")).toBeVisible();
  await expect(owner.locator(".key-line").filter({ hasText: "あなた" })).toContainText("幹事");
});
