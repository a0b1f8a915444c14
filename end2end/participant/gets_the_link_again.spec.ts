// A participant who lost the link to the order, and one whose link somebody else got.
import type { Page } from "@playwright/test";
import { label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible } from "../fixtures/checks";
import { mailbox } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";

const w = words.ja;

for (const withoutJavaScript of [false, true]) {
  const how = withoutJavaScript ? "without JavaScript" : "on a phone";
  // What looks at pages needs scripts in them.
  const holds = async (page: Page) => {
    if (withoutJavaScript) return;
    await isAccessible(page);
    await fitsTheSmallestPhone(page);
  };
  test(`${how} the link comes again by mail, and a new one ends the old`, async ({ house, visit, request }) => {
    const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000 }] });
    const email = mailbox("lost");
    const order = await house.paidOrder(event, { email, name: "佐藤 花子" });

    const page = await visit({ withoutJavaScript });
    await page.goto(`/e/${event.slug}`);
    await page.getByRole("link", { name: w.linkAsk }).click();
    await page.getByLabel(label(w.linkField)).fill("nonsense");
    await page.getByRole("button", { name: w.linkButton }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByLabel(label(w.linkField))).toHaveValue("nonsense");
    await page.getByLabel(label(w.linkField)).fill(email);
    await page.getByRole("button", { name: w.linkButton }).click();
    await expect(page.getByText(w.linkSent)).toBeVisible();
    await holds(page);

    const mail = await mailTo(request, email, w.linkSubject);
    expect(new URL(linkIn(mail, "/e/orders/")).pathname).toBe(order.statusPath);
    await page.goto(linkIn(mail, "/e/orders/"));
    await page.getByText(w.linkRenew, { exact: true }).click();
    await page.getByRole("button", { name: w.linkRenewConfirm }).click();
    await expect(page.getByText(w.linkRenewed)).toBeVisible();
    const anew = await mailTo(request, email, w.linkNewSubject);
    const fresh = new URL(linkIn(anew, "/e/orders/")).pathname;
    expect(fresh).not.toBe(order.statusPath);

    // Who comes with the old one, or back from the provider with it, is told.
    for (const old of [order.statusPath, `${order.statusPath}/return`]) {
      await page.goto(old);
      await expect(page.getByText(w.linkReplaced)).toBeVisible();
    }
    await page.goto(fresh);
    await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
  });
}

test("the organizer mails the link again and makes it anew", async ({ house, visit, request }) => {
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000 }] });
  const email = mailbox("called");
  const order = await house.paidOrder(event, { email, name: "佐藤 花子" });
  const organizer = await visit({ isOrganizer: true });
  await organizer.goto(`/o/orders/${order.id}`);
  await organizer.getByRole("button", { name: w.linkSendAgain }).click();
  await expect(organizer.getByText(w.linkSentNow)).toBeVisible();
  await mailTo(request, email, w.linkSubject);
  await organizer.getByText(w.linkRenew, { exact: true }).click();
  await organizer.getByRole("button", { name: w.linkRenewFor }).click();
  await expect(organizer.getByText(w.linkRenewedNow)).toBeVisible();
  await mailTo(request, email, w.linkNewSubject);
  await isAccessible(organizer);
  await fitsTheSmallestPhone(organizer);
  const buyer = await visit();
  await buyer.goto(order.statusPath);
  await expect(buyer.getByText(w.linkReplaced)).toBeVisible();
});
