// Calling off a whole event: what is told before, what happens to everybody, and how the organizer follows it.
import { label } from "../fixtures/actions";
import { expect, test, words, type Screen } from "../fixtures/app";
import { mailbox, type House, type TestEvent, type TestOrder } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;

/** Takes a number for the store and keeps it. */
async function takeNumber(house: House, order: TestOrder) {
  await house.payAtProvider(order, { method: "konbini", store: "lawson" });
  await house.waitFor(order, "awaiting_payment");
}

for (const screen of ["phone", "desktop"] satisfies Screen[]) {
  test(`an event is looked at, called off and followed to its end (${screen})`, async ({ house, visit, request }) => {
    const event = await house.event();
    const email = mailbox("called-off");
    const paid = await house.paidOrder(event, { name: "佐藤 花子", email });
    const waiting = await house.order(event, { name: "田中 健" });
    await takeNumber(house, waiting);
    const page = await visit({ isOrganizer: true, screen });
    await page.goto(`/o/events/${event.id}/edit`);
    await page.getByRole("link", { name: w.cancelEvent }).click();
    await expect(page.getByRole("heading", { name: w.cancelEventTitle })).toBeVisible();
    await page.getByLabel(label(w.cancelEventReason)).fill("台風のため");
    await page.getByText(w.cancelEventFees).click();
    await page.getByLabel(label(w.cancelEventPercent)).fill("10");
    await page.getByRole("button", { name: w.cancelEventLook }).click();
    await expect(page.getByRole("heading", { name: w.cancelEventReview })).toBeVisible();
    await expect(page.locator(".cancel-total")).toHaveText("¥2,700");
    // Looking changes nothing.
    expect((await house.get<{ status: string }>(`/events/${event.id}`)).status).toBe("published");
    await page.getByLabel(label(w.cancelEventWord)).fill("はい");
    await page.getByRole("button", { name: w.cancelEventButton }).click();
    await expect(page.getByText(w.cancelEventWrong).first()).toBeVisible();
    await expect(page.locator(".cancel-total")).toHaveText("¥2,700");
    await page.getByLabel(label(w.cancelEventWord)).fill("中止する");
    await page.getByRole("button", { name: w.cancelEventButton }).click();
    await expect(page.getByRole("heading", { name: w.cancelProgress })).toBeVisible();
    await expect(page.getByText(w.cancelFinished)).toBeVisible({ timeout: 20_000 });
    await expect(page.locator("#people")).toContainText("佐藤 花子");

    const buyer = await visit({ screen });
    await buyer.goto(paid.statusPath);
    await expect(buyer.getByText(w.eventCancelled)).toBeVisible();
    await expect(buyer.getByText("台風のため").first()).toBeVisible();
    await expect(buyer.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(0);
    await buyer.getByRole("link", { name: /^CN-/ }).click();
    await expect(buyer.getByRole("heading", { name: w.creditNote })).toBeVisible();
    await expect(buyer.getByRole("row", { name: /10%/ })).toContainText("¥2,700");
    await buyer.goto(`/e/${event.slug}`);
    await expect(buyer.getByText(w.eventCancelled)).toBeVisible();
    await expect(buyer.getByRole("button", { name: w.goToPay })).toHaveCount(0);
    const mail = await mailTo(request, email, w.eventCancelledSubject);
    expect(mail.text).toContain("¥2,700");
    expect(mail.text).toContain("台風のため");
  });
}

test("without JavaScript an event is called off all the same", async ({ house, visit }) => {
  const event = await house.event();
  await house.paidOrder(event);
  const page = await visit({ isOrganizer: true, withoutJavaScript: true });
  await page.goto(`/o/events/${event.id}/cancel?step=review`);
  await page.getByLabel(label(w.cancelEventWord)).fill("中止する");
  await page.getByRole("button", { name: w.cancelEventButton }).click();
  await expect(page.getByRole("heading", { name: w.cancelProgress })).toBeVisible();
  // The page loads itself again.
  await expect(page.getByText(w.cancelFinished)).toBeVisible({ timeout: 20_000 });
});

test("orders that come while one looks are shown before anything happens", async ({ house, visit }) => {
  const event = await house.event();
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/events/${event.id}/cancel?step=review`);
  await house.paidOrder(event);
  await page.getByLabel(label(w.cancelEventWord)).fill("中止する");
  await page.getByRole("button", { name: w.cancelEventButton }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page.locator(".cancel-total")).toHaveText("¥3,000");
});

async function crowd(house: House, event: TestEvent, nOrders: number, nPaid: number) {
  const atOnce = 20;
  for (let from = 0; from < nOrders; from += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, nOrders - from) }, (_, i) => from + i);
    await Promise.all(
      places.map(async (i) => {
        const order = await house.order(event, { name: `参加者 ${i + 1}`, method: "credit_card" });
        if (i < nPaid) await house.payAtProvider(order, { method: "credit_card", card: "4111111111111111" });
      }),
    );
  }
  const paid = async () => {
    const { orders } = await house.get<{ orders: { status: string; orders: number }[] }>(`/events/${event.id}/summary`);
    return orders.find((it) => it.status === "paid")?.orders;
  };
  await expect.poll(paid, { timeout: 60_000 }).toBe(nPaid);
}

test("three hundred orders end one by one before the organizer's eyes", async ({ house, visit }) => {
  test.setTimeout(180_000);
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 400 }] });
  await crowd(house, event, 300, 120);
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto(`/o/events/${event.id}/cancel?step=review`);
  await expect(page.locator(".cancel-total")).toHaveText("¥360,000");
  await page.getByLabel(label(w.cancelEventWord)).fill("中止する");
  await page.getByRole("button", { name: w.cancelEventButton }).click();
  await expect(page.getByRole("progressbar").first()).toBeVisible();
  await expect(page.getByText("300件中 300件")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(w.cancelFinished)).toBeVisible({ timeout: 90_000 });
  const done = await house.get<{ refunded: number; counts: { state: string; orders: number }[] }>(
    `/events/${event.id}/cancellation`,
  );
  expect(done.refunded).toBe(360_000);
  expect(Object.fromEntries(done.counts.map((it) => [it.state, it.orders]))).toEqual({ refunded: 120, unpaid: 180 });
});
