// A chargeback: seen as a task, answered with a text and a file, noted as sent.
import { label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";

const w = words.ja;

test("an organizer answers a chargeback before its deadline", async ({ house, visit }) => {
  const event = await house.event();
  const order = await house.order(event, { method: "credit_card", name: "渡辺 大輔" });
  const payment = await house.payAtProvider(order, { method: "credit_card", card: "4111111111111111" });
  await house.waitFor(order, "paid");
  await house.atProvider(order, payment, "chargeback");
  await house.waitForRefund(order, "succeeded");
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/events/${event.id}`);
  await page.getByRole("link", { name: w.prepareEvidence }).click();
  await page.getByLabel(label(w.evidenceText)).fill("当日、受付で本人を確認しました。");
  await page.getByRole("button", { name: w.addText }).click();
  await page.locator("#evidence-file").setInputFiles({
    name: "受付簿.pdf",
    mimeType: "application/pdf",
    buffer: Buffer.from("%PDF-1.7 a list of names"),
  });
  await page.getByRole("button", { name: w.addFile }).click();
  await expect(page.getByRole("link", { name: "受付簿.pdf" })).toBeVisible();
  await page.getByRole("button", { name: w.markSent }).click();
  await expect(page.getByText(w.underReview)).toBeVisible();
});
