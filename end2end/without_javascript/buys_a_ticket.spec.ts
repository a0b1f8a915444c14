// The participant's part with JavaScript off: forms carry it all.
import { fillOrder, label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { mailbox } from "../fixtures/house";
import * as provider from "../fixtures/provider_page";

const w = words.ja;

test("without JavaScript a participant counts, orders, pays and has the ticket", async ({ house, visit }) => {
  const event = await house.event({
    ticketTypes: [
      { name: "一般", price: 3000 },
      { name: "学生", price: 1500 },
    ],
  });
  const page = await visit({ withoutJavaScript: true });
  await page.goto(`/e/${event.slug}`);
  await page.getByRole("spinbutton", { name: `学生 ${w.quantity}` }).fill("1");
  await fillOrder(page, w, { ticket: "一般", quantity: 2, name: "佐藤 花子", email: mailbox() });
  await page.getByText(w.attendees).first().click();
  await page.getByRole("textbox", { name: w.attendees }).fill("佐藤 花子\n佐藤 太郎\n佐藤 次郎");
  await page.getByRole("button", { name: w.calculate }).click();
  await expect(page.locator(".order-sum")).toContainText("¥7,500");
  await expect(page.getByRole("textbox", { name: w.attendees })).toHaveValue("佐藤 花子\n佐藤 太郎\n佐藤 次郎");
  await page.getByRole("button", { name: w.goToPay }).click();
  await provider.payByCard(page, w);
  await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
  await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(3);
  await expect(page.getByRole("heading", { name: /佐藤 次郎/ })).toBeVisible();
});

test("without JavaScript an unpaid order is shown as it is and can be cancelled", async ({ house, visit }) => {
  const event = await house.event();
  const page = await visit({ withoutJavaScript: true });
  await page.goto(`/e/${event.slug}`);
  await fillOrder(page, w, { ticket: "一般", quantity: 1, name: "田中 健", email: mailbox() });
  await page.getByRole("button", { name: w.goToPay }).click();
  await provider.goBackWithoutPaying(page, w);
  await expect(page.getByRole("heading", { name: w.unpaid })).toBeVisible();
  await page.getByRole("link", { name: w.cancelOrder }).click();
  await expect(page.getByRole("heading", { name: w.cancelTitle })).toBeVisible();
  await page.getByRole("button", { name: w.cancelConfirm, exact: true }).click();
  await expect(page.getByRole("heading", { name: w.cancelled })).toBeVisible();
  await expect(page.getByRole("link", { name: w.cancelOrder })).toHaveCount(0);
});

test("without JavaScript a refused form comes back with everything in it", async ({ house, visit }) => {
  const event = await house.event();
  const page = await visit({ withoutJavaScript: true });
  await page.goto(`/e/${event.slug}`);
  await fillOrder(page, w, { ticket: "一般", quantity: 3, name: "長谷川 さくら", email: "sakura@example" });
  await page.getByRole("button", { name: w.goToPay }).click();
  await expect(page.getByRole("alert")).toContainText(w.emailMalformed);
  await expect(page.getByLabel(label(w.email))).toHaveValue("sakura@example");
  await expect(page.getByLabel(label(w.name))).toHaveValue("長谷川 さくら");
  await expect(page.getByRole("spinbutton")).toHaveValue("3");
});
