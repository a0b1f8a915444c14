// When payments and orders disagree, the organizer reads it in plain words and settles it with one button.
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";

const w = words.ja;

test("a payment nobody told us of is read on a phone, and asking the provider again settles it", async ({ house, visit }) => {
  test.setTimeout(150_000);
  const event = await house.event();
  const order = await house.order(event, { name: "高橋 未来", method: "credit_card" });
  const provider = new URL(order.payUrl ?? "").origin;
  const behave = (behaviour: object) =>
    fetch(`${provider}/sandbox/behaviour`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(behaviour),
    });
  await behave({ drop_percent: 100 });
  try {
    await house.payAtProvider(order, { method: "credit_card", card: "4111111111111111" });
    const page = await visit({ isOrganizer: true });
    const card = page.getByRole("listitem", { name: w.alertPaidNotHere }).filter({ hasText: order.code });
    // The watch looks every half minute, after its grace; between two of its looks the alert stands.
    await expect(async () => {
      await page.goto("/o/alerts");
      await expect(card).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 120_000, intervals: [500] });
    await expect(card).toContainText("高橋 未来");
    await expect(card).toContainText("¥3,000");
    await isAccessible(page);
    await card.getByRole("button", { name: w.askProvider }).click();
    await expect(page.getByText(w.alertSettled)).toBeVisible();
    await expect(card).toHaveCount(0);
    await house.waitFor(order, "paid");
    await page.getByRole("link", { name: w.alertsClosed }).click();
    await expect(card).toContainText(w.alertByItself);
  } finally {
    await behave({});
  }
});
