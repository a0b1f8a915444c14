// What a participant meets where nothing can be bought, and what is kept while one hesitates.
import { fillOrder, order, tabTo } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { evening, mailbox } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";
import * as provider from "../fixtures/provider_page";

const w = words.ja;

test("a full event says so, and opens again when a held place becomes free", async ({ house, page }) => {
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 1 }] });
  const held = await house.order(event);
  await page.goto(`/e/${event.slug}`);
  await expect(page.getByText(w.soldOut)).toBeVisible();
  await expect(page.getByRole("button", { name: w.goToPay })).toHaveCount(0);
  await page.goto(`${held.statusPath}/cancel`);
  await page.getByRole("button", { name: w.cancelConfirm, exact: true }).click();
  await page.goto(`/e/${event.slug}`);
  await expect(page.getByRole("button", { name: w.goToPay })).toBeVisible();
});

test("the last place taken meanwhile is told with everything typed still there", async ({ house, page }) => {
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 2 }] });
  await page.goto(`/e/${event.slug}`);
  await fillOrder(page, w, { ticket: "一般", quantity: 2, name: "高橋 美咲", email: "misaki@example.com" });
  await house.order(event);
  await page.getByRole("button", { name: w.goToPay }).click();
  await expect(page.getByRole("alert")).toContainText("満席になりました");
  await expect(page.getByRole("textbox", { name: w.name, exact: true })).toHaveValue("高橋 美咲");
  await expect(page.getByRole("textbox", { name: w.email, exact: true })).toHaveValue("misaki@example.com");
});

test("closed sales, windows of sale and missing pages are told apart", async ({ house, page, visit }) => {
  const event = await house.event({
    ticketTypes: [
      { name: "早割", price: 2000, sales_end_at: evening(-1) },
      { name: "一般", price: 3000 },
      { name: "当日", price: 3500, sales_start_at: evening(20) },
    ],
  });
  await page.goto(`/e/${event.slug}`);
  const offer = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await expect(offer("早割")).toContainText(w.offerEnded);
  await expect(offer("当日")).toContainText(w.salesOpen);
  await expect(page.getByRole("spinbutton")).toHaveCount(1);

  const organizer = await visit({ isOrganizer: true, screen: "desktop" });
  await organizer.goto(`/o/events/${event.id}`);
  await organizer.getByRole("button", { name: w.closeSales, exact: true }).click();
  await expect(organizer.getByRole("button", { name: "受付を再開" })).toBeVisible();
  await page.reload();
  await expect(page.getByText(w.closed)).toBeVisible();
  await expect(page.getByRole("button", { name: w.goToPay })).toHaveCount(0);

  for (const path of ["/e/no-such-event", "/e/orders/NOSUCHTOKEN", "/e/orders/NOSUCHTOKEN/cancel", "/nowhere"]) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { name: w.notFound })).toBeVisible();
  }
  // A draft is nobody's business.
  const draft = await house.event({ isDraft: true });
  expect((await page.goto(`/e/${draft.slug}?preview=1`))?.status()).toBe(404);
});

test("the countdown goes on over a reload", async ({ house, page }) => {
  const event = await house.event();
  await order(page, w, event.slug, { ticket: "一般", quantity: 1, name: "中村 翔", email: mailbox() });
  await provider.goBackWithoutPaying(page, w);
  const left = async () => {
    const [minutes = 0, seconds = 0] = (await page.getByRole("timer").innerText()).split(":").map(Number);
    return minutes * 60 + seconds;
  };
  const first = await left();
  expect(first).toBeGreaterThan(28 * 60);
  expect(first).toBeLessThanOrEqual(30 * 60);
  await expect.poll(left, { message: "it counts" }).toBeLessThan(first);
  const before = await left();
  await page.reload();
  const after = await left();
  expect(after).toBeLessThanOrEqual(before);
  expect(after).toBeGreaterThan(before - 20);
});

test("a free event needs no payment", async ({ house, page, request }) => {
  const event = await house.event({ title: "無料の見学会", ticketTypes: [{ name: "見学", price: 0 }] });
  const email = mailbox("guest");
  await page.goto(`/e/${event.slug}`);
  await fillOrder(page, w, { ticket: "見学", quantity: 1, name: "小林 部長", email });
  await page.getByRole("button", { name: w.register }).click();
  await expect(page.getByRole("heading", { name: w.registered })).toBeVisible();
  await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toBeVisible();
  await mailTo(request, email, w.ticketsSubject(1));
});

test("an order can be placed with the keyboard alone", async ({ house, visit }) => {
  const event = await house.event({
    ticketTypes: [
      { name: "一般", price: 3000 },
      { name: "学生", price: 1500 },
    ],
  });
  const page = await visit({ screen: "desktop" });
  await page.goto(`/e/${event.slug}`);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "本文へ移動" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("spinbutton", { name: `学生 ${w.quantity}` }));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await tabTo(page, page.getByRole("textbox", { name: w.name, exact: true }));
  await page.keyboard.type("Keiko Board");
  await tabTo(page, page.getByRole("textbox", { name: w.email, exact: true }));
  await page.keyboard.type(mailbox("keyboard"));
  await tabTo(page, page.getByRole("button", { name: w.goToPay }));
  await expect(page.locator(".order-sum")).toContainText("¥3,000");
  await page.keyboard.press("Enter");
  await provider.isThere(page);
  await expect(page.getByText("¥3,000").first()).toBeVisible();
});
