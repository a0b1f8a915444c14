// Money on its way back: what the organizer is told before, and the participant after.
import { label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { mailbox } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;

test("the reason of a refund stands in the participant's mail, as the form promises", async ({ house, visit, request }) => {
  const email = mailbox("refunded");
  const order = await house.paidOrder(await house.event(), { email });
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/orders/${order.id}/refund`);
  await page.getByLabel(label(w.refundAmount)).fill("1000");
  await page.getByRole("radio", { name: w.keepOrder }).check();
  await page.getByLabel(label(w.refundReason)).fill("1名欠席のため");
  await page.getByRole("button", { name: w.review }).click();
  await page.getByRole("button", { name: w.refund, exact: true }).click();
  await expect(page.getByText(w.refundUnderWay)).toBeVisible();
  expect((await mailTo(request, email, w.refundedSubject("¥1,000"))).text).toContain("1名欠席のため");
});

test("the dashboard tells how much went back, not how much was paid", async ({ house, visit }) => {
  const order = await house.paidOrder(await house.event(), { name: "渡辺 大輔" });
  const { payments, event } = await house.get<{ payments: { id: string }[]; event: string }>(`/orders/${order.id}`);
  await house.post(`/payments/${payments[0]?.id}/refunds`, { amount: 1000, reason: "" });
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto(`/o/events/${event}`);
  const news = page.locator('[data-live="activity"] li').filter({ hasText: /渡辺 大輔 ?さんに返金しました/ });
  await expect(news).toContainText("¥1,000");
});

test("more than what was paid cannot go back, and nothing typed is lost", async ({ house, visit }) => {
  const order = await house.paidOrder(await house.event());
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/orders/${order.id}/refund`);
  await page.getByLabel(label(w.refundAmount)).fill("3001");
  await page.getByLabel(label(w.refundReason)).fill("長い理由");
  await page.getByRole("button", { name: w.review }).click();
  await expect(page.getByLabel(label(w.refundAmount))).toHaveAccessibleDescription(/返金できるのは ¥3,000 までです/);
  await expect(page.getByLabel(label(w.refundAmount))).toHaveValue("3001");
  await expect(page.getByLabel(label(w.refundReason))).toHaveValue("長い理由");
});

test("a full refund that cancels the order frees the place", async ({ house, visit }) => {
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 1 }] });
  const order = await house.paidOrder(event);
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto(`/o/orders/${order.id}`);
  await page.getByRole("link", { name: w.refund, exact: true }).click();
  await page.getByRole("button", { name: w.review }).click();
  await page.getByRole("button", { name: w.refund, exact: true }).click();
  await house.waitFor(order, "cancelled");
  const buyer = await visit();
  await buyer.goto(order.statusPath);
  await expect(buyer.getByRole("heading", { name: w.cancelled })).toBeVisible();
  await expect(buyer.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(0);
  await buyer.goto(`/e/${event.slug}`);
  await expect(buyer.getByRole("button", { name: w.goToPay })).toBeVisible();
});
