// An event that asks for confirmed addresses: nothing is paid before the mail is read.
import type { Page } from "@playwright/test";
import { fillOrder } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible } from "../fixtures/checks";
import { mailbox } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";
import * as provider from "../fixtures/provider_page";

const w = words.ja;

for (const withoutJavaScript of [false, true]) {
  const how = withoutJavaScript ? "without JavaScript" : "on a phone";
  // What looks at pages needs scripts in them.
  const holds = async (page: Page) => {
    if (withoutJavaScript) return;
    await isAccessible(page);
    await fitsTheSmallestPhone(page);
  };
  test(`${how} an order is confirmed by mail and then paid`, async ({ house, visit, request }) => {
    const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000 }] });
    const organizer = await visit({ isOrganizer: true, withoutJavaScript });
    await organizer.goto(`/o/events/${event.id}/edit`);
    await organizer.getByLabel(w.confirmSetting).check();
    await organizer.locator("#addresses").getByRole("button").click();
    await expect(organizer.getByText(w.confirmSaved)).toBeVisible();
    await expect(organizer.getByLabel(w.confirmSetting)).toBeChecked();

    const page = await visit({ withoutJavaScript });
    const email = mailbox("confirms");
    await page.goto(`/e/${event.slug}`);
    await fillOrder(page, w, { ticket: "一般", quantity: 1, name: "佐藤 花子", email });
    await page.getByRole("button", { name: w.goToPay }).click();
    await expect(page.getByRole("heading", { name: w.confirmStatus })).toBeVisible();
    await expect(page.getByRole("button", { name: w.goToPay })).toHaveCount(0);
    await holds(page);
    const kind = withoutJavaScript ? "plain" : "phone";
    await page.screenshot({ path: `test-results/looks/order-to-be-confirmed.${kind}.light.png`, fullPage: true });
    await page.getByRole("button", { name: w.confirmMailAgain }).click();
    await expect(page.getByText(w.confirmMailedAgain)).toBeVisible();

    const mail = await mailTo(request, email, w.confirmSubject);
    await page.goto(linkIn(mail, "/e/confirm/"));
    await holds(page);
    await page.screenshot({ path: `test-results/looks/confirm-the-address.${kind}.light.png`, fullPage: true });
    await page.getByRole("button", { name: w.confirmYes }).click();
    await page.getByRole("button", { name: w.goToPay }).click();
    await provider.payByCard(page, w);
    await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
    // The mail's link leads to the order from now on.
    await page.goto(linkIn(mail, "/e/confirm/"));
    await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
  });
}
