// When paying does not go straight: the order's page says what happened, what it means for the money, and what to do.
import { order } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { mailbox } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";
import * as provider from "../fixtures/provider_page";

const w = words.ja;
const wish = (email = mailbox()) => ({ ticket: "一般", quantity: 1, name: "山本 結衣", email });

test("who comes back after a declined card is told so, and may try again", async ({ house, page }) => {
  const event = await house.event();
  await order(page, w, event.slug, wish());
  await provider.payByCard(page, w, provider.poorCard);
  await expect(page.getByText(w.insufficient)).toBeVisible();
  await provider.goBackWithoutPaying(page, w);
  await expect(page.getByRole("heading", { name: w.declined })).toBeVisible();
  await page.getByRole("button", { name: w.tryAgain }).click();
  await provider.payByCard(page, w);
  await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
});

test("the bank's question is answered on the way (3-D Secure)", async ({ house, page }) => {
  const event = await house.event();
  await order(page, w, event.slug, wish());
  await provider.payByCard(page, w, "4100 0000 0000 0100");
  await page.getByRole("button", { name: "認証する", exact: true }).click();
  await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
});

test("another way to pay can be chosen after the first one was left", async ({ house, page }) => {
  const event = await house.event();
  await order(page, w, event.slug, wish());
  await provider.goBackWithoutPaying(page, w);
  await page.getByText("別の方法で支払う").click();
  await page.getByRole("button", { name: "PayPay" }).click();
  await page.getByRole("button", { name: "PayPay で支払う" }).click();
  await page.getByRole("button", { name: "支払う", exact: true }).click();
  await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
  await expect(page.getByText("PayPay").first()).toBeVisible();
});

test("a cancelled order frees its place, says so by mail, and cannot be paid any more", async ({ house, page, request }) => {
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 1 }] });
  const email = mailbox("leaver");
  await order(page, w, event.slug, wish(email));
  const providersPage = page.url();
  await provider.goBackWithoutPaying(page, w);
  await page.getByRole("link", { name: w.cancelOrder }).click();
  await page.getByRole("button", { name: w.cancelConfirm, exact: true }).click();
  await expect(page.getByRole("heading", { name: w.cancelled })).toBeVisible();
  await mailTo(request, email, w.cancelledSubject);
  await expect
    .poll(async () => {
      await page.goto(providersPage);
      return await page.getByRole("button", { name: w.payButton }).count();
    }, { message: "the provider's page is closed" })
    .toBe(0);
});

test("pressing twice orders once", async ({ house, page }) => {
  const event = await house.event();
  await page.goto(`/e/${event.slug}`);
  const form = await page.locator(".order-form").evaluate((form) => {
    const fields = [...new FormData(form as HTMLFormElement)].map(([name, value]) => [name, `${value}`]);
    return Object.fromEntries(fields) as Record<string, string>;
  });
  const pressed = { ...form, buyer_name: "二度 押子", buyer_email: mailbox("twice") };
  const press = () =>
    page.request.post("/api/orders/place", { form: pressed, maxRedirects: 0, headers: { accept: "text/html" } });
  const both = await Promise.all([press(), press()]);
  const answers = [...both, await press()];
  expect(answers.map((it) => it.status())).toEqual([302, 302, 302]);
  const { data } = await house.get<{ data: unknown[] }>(`/events/${event.id}/orders`);
  expect(data).toHaveLength(1);
});
