// A participant who cannot come: today's fee and tomorrow's before anything ends, one ticket, then the rest.
import type { Page } from "@playwright/test";
import { expect, test, words, type Lang } from "../fixtures/app";
import { mailbox, type House, type TestEvent } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;

/** The organizer chooses a rule that restaurants have, in the editor. */
async function choosePolicy(page: Page, event: TestEvent, preset: string, lang: Lang = "ja") {
  const { usePreset, policySaved } = words[lang];
  await page.goto(`/o/events/${event.id}/cancelling`);
  await page.getByRole("button", { name: `${usePreset}: ${preset}` }).click();
  await expect(page.getByText(policySaved)).toBeVisible();
}

async function orderOfTwo(house: House, event: TestEvent, email = mailbox()) {
  return await house.paidOrder(event, { quantity: 2, email, name: "佐藤 花子" });
}

for (const withoutJavaScript of [false, true]) {
  const how = withoutJavaScript ? "without JavaScript" : "on a phone";
  test(`${how} a participant sees today's and tomorrow's fee and cancels one ticket, then the rest`, async ({
    house,
    visit,
    request,
  }) => {
    const event = await house.event({ ticketTypes: [{ name: "一般", price: 5500, quota: 2 }] });
    const organizer = await visit({ isOrganizer: true, withoutJavaScript });
    await choosePolicy(organizer, event, "前日50%・当日100%");
    const page = await visit({ withoutJavaScript });
    await page.goto(`/e/${event.slug}`);
    const policy = page.getByRole("region", { name: w.policyTitle });
    await expect(policy).toContainText("前日まで");
    await expect(policy).toContainText("50%");

    const email = mailbox("cancels");
    const order = await orderOfTwo(house, event, email);
    expect((await mailTo(request, email, w.ticketsSubject(2))).text).toContain("2日前まで 無料、前日まで 50%、当日 100%");
    await page.goto(order.statusPath);
    await page.getByRole("link", { name: w.cancelOrder }).click();
    const first = page.locator(".cancel-figures").first();
    await expect(first.locator('[data-when="now"]')).toContainText("¥0");
    await expect(first.locator('[data-when="now"]')).toContainText("¥5,500");
    await expect(first.locator('[data-when="next"]')).toContainText("¥2,750");
    await page.getByRole("link", { name: w.cancelOneTicket }).first().click();
    await expect(page.getByRole("heading", { name: w.cancelTicketsTitle })).toBeVisible();
    await expect(page.getByText(w.cancelRestStays)).toBeVisible();
    await page.getByRole("button", { name: w.cancelConfirm, exact: true }).click();

    await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(1);
    const cancelled = page.locator(".card").filter({ hasText: w.cancelledTickets });
    await expect(cancelled).toContainText("¥5,500");
    await page.goto(`/e/${event.slug}`);
    await expect(page.getByRole("button", { name: w.goToPay })).toBeVisible();

    await page.goto(order.statusPath);
    await page.getByRole("link", { name: w.cancelOrder }).click();
    await page.getByRole("button", { name: w.cancelConfirm, exact: true }).click();
    await expect(page.getByRole("heading", { name: w.cancelled })).toBeVisible();
    await expect(page.getByRole("link", { name: w.cancelOrder })).toHaveCount(0);
    await house.waitFor(order, "cancelled");
    expect((await mailTo(request, email, "キャンセルを承りました")).text).toContain("¥5,500");
  });
}

test("where the organizer decides, a wish is asked, answered and done, in English on a wide screen", async ({
  house,
  visit,
}) => {
  const en = words.en;
  const event = await house.event({ ticketTypes: [{ name: "General", price: 4000 }] });
  const organizer = await visit({ isOrganizer: true, screen: "desktop", lang: "en" });
  await choosePolicy(organizer, event, "Participants ask, you decide", "en");
  const order = await orderOfTwo(house, event);
  const page = await visit({ screen: "desktop", lang: "en" });
  await page.goto(order.statusPath);
  await page.getByRole("link", { name: en.askToCancel }).click();
  await page.getByRole("link", { name: en.askOneTicket }).first().click();
  await page.getByRole("textbox", { name: en.toTheOrganizer }).fill("I have a fever");
  await page.getByRole("button", { name: en.ask, exact: true }).click();
  await expect(page.getByText(en.waitingForAnswer)).toBeVisible();

  await organizer.goto(`/o/events/${event.id}`);
  const task = organizer.locator('[data-live="todo"] li').filter({ hasText: "1 person asks to cancel" });
  await task.getByRole("link").click();
  await expect(organizer.getByText("I have a fever")).toBeVisible();
  await organizer.getByRole("textbox", { name: en.fromTheOrganizer }).fill("Get well soon");
  await organizer.getByRole("button", { name: en.approve, exact: true }).click();
  await expect(organizer.getByText(en.approvedNow)).toBeVisible();

  await expect
    .poll(async () => {
      await page.goto(order.statusPath);
      return await page.locator(".card").filter({ hasText: en.yourWish }).innerText();
    })
    .toContain(en.completed);
  await expect(page.getByText("Get well soon").first()).toBeVisible();
  await expect(page.getByRole("img", { name: new RegExp(en.qr) })).toHaveCount(1);
});

test("the organizer cancels for a participant and lets the fee go", async ({ house, visit }) => {
  const event = await house.event();
  const organizer = await visit({ isOrganizer: true, screen: "desktop" });
  await organizer.goto(`/o/events/${event.id}/cancelling`);
  await organizer.getByText(w.ownPolicy).click();
  await organizer.getByRole("radio", { name: w.bySelf }).check();
  await organizer.locator('input[type="radio"][value="fee"]').first().check();
  await organizer.getByRole("textbox", { name: w.percent }).last().fill("80");
  await organizer.getByRole("button", { name: w.save, exact: true }).click();
  await expect(organizer.getByText(w.policySaved)).toBeVisible();
  const order = await house.paidOrder(event);
  await organizer.goto(`/o/orders/${order.id}`);
  await organizer.getByRole("link", { name: w.cancelForParticipant }).click();
  await expect(organizer.getByText("¥2,400").first()).toBeVisible();
  await organizer.getByRole("radio", { name: w.waiveFee }).check();
  await organizer.getByRole("textbox", { name: w.refundReason }).fill("台風のため");
  await organizer.getByRole("button", { name: w.cancelConfirm, exact: true }).click();
  await house.waitFor(order, "cancelled");
  const page = await visit();
  await page.goto(order.statusPath);
  await expect(page.getByText(w.feeWaived)).toBeVisible();
  await expect(page.getByText("台風のため").first()).toBeVisible();
});

test("a policy whose steps are out of order comes back with everything typed", async ({ house, visit }) => {
  const event = await house.event();
  const page = await visit({ isOrganizer: true, withoutJavaScript: true });
  await page.goto(`/o/events/${event.id}/cancelling`);
  await page.getByText(w.ownPolicy).click();
  const until = page.getByRole("textbox", { name: w.until });
  await until.nth(0).fill("1");
  await until.nth(1).fill("3");
  await page.getByRole("button", { name: w.save, exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("期限が前の行より後になっています");
  await expect(until.nth(1)).toHaveValue("3");
});
