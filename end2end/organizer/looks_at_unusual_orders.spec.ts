// An order that looks unusual waits: its buyer reads so, nothing is charged, and the organizer decides by the reasons.
import { order } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible } from "../fixtures/checks";
import { House, unique } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";
import * as provider from "../fixtures/provider_page";

const w = words.ja;

test("a throw-away address is looked at, let through and paid; another is denied", async ({ visit, request }) => {
  // A house of its own: stricter rules would meet other tests' orders.
  const house = await House.open();
  const kinds = [{ name: "一般", price: 3000 }, { name: "特別席", price: 60_000 }];
  const event = await house.event({ ticketTypes: kinds });
  const organizer = await visit({ screen: "desktop" });
  await organizer.goto(house.loginUrl);
  await organizer.getByRole("button", { name: w.logIn, exact: true }).click();
  await organizer.waitForURL(/\/o$/);
  await organizer.goto("/o/settings/screening");
  await organizer.getByLabel(w.reviewAt).fill("0.3");
  await organizer.getByRole("button", { name: w.saveScreening }).click();
  await expect(organizer.getByText(w.screeningSaved)).toBeVisible();

  const buyer = await visit({ screen: "phone" });
  const email = `${unique("taster")}@mailinator.com`;
  await order(buyer, w, event.slug, { ticket: "一般", quantity: 1, name: "仮名 太郎", email });
  await expect(buyer.getByRole("heading", { name: w.waitForOurMail })).toBeVisible();
  await expect(buyer.getByRole("button", { name: w.goToPay })).toHaveCount(0);
  await isAccessible(buyer);
  await fitsTheSmallestPhone(buyer);

  await organizer.goto(`/o/events/${event.id}`);
  await expect(organizer.getByText(w.lookAtOrders)).toBeVisible();
  await organizer.goto(`/o/events/${event.id}/screenings`);
  const card = organizer.getByRole("listitem").filter({ hasText: email });
  await expect(card).toContainText(w.throwAwayMail);
  await isAccessible(organizer);
  await fitsTheSmallestPhone(organizer);
  await card.getByRole("button", { name: w.letThrough }).click();
  await expect(organizer.getByText(w.letThroughNow)).toBeVisible();

  const mail = await mailTo(request, email, w.canPayNow);
  await buyer.goto(linkIn(mail, "/e/orders/"));
  await buyer.getByRole("button", { name: w.goToPay }).click();
  await provider.payByCard(buyer, w);
  await expect(buyer.getByRole("heading", { name: w.paid })).toBeVisible();

  const second = `${unique("taster")}@mailinator.com`;
  await order(buyer, w, event.slug, { ticket: "一般", quantity: 1, name: "仮名 次郎", email: second });
  await expect(buyer.getByRole("heading", { name: w.waitForOurMail })).toBeVisible();
  await organizer.goto(`/o/events/${event.id}/screenings`);
  const other = organizer.getByRole("listitem").filter({ hasText: second });
  await other.getByRole("button", { name: w.denyOrder }).click();
  await expect(organizer.getByText(w.deniedNow)).toBeVisible();
  await mailTo(request, second, w.cancelledSubject);
  await expect(buyer.getByRole("heading", { name: w.cancelled })).toBeVisible({ timeout: 60_000 });
});

test("an order that is blocked leads its buyer to the organizer", async ({ visit }) => {
  const house = await House.open();
  const kinds = [{ name: "一般", price: 3000 }, { name: "特別席", price: 60_000 }];
  const event = await house.event({ ticketTypes: kinds });
  for (let n = 0; n < 5; n += 1) await house.paidOrder(event);
  const organizer = await visit({ screen: "phone" });
  await organizer.goto(house.loginUrl);
  await organizer.getByRole("button", { name: w.logIn, exact: true }).click();
  await organizer.waitForURL(/\/o$/);
  await organizer.goto("/o/settings/screening");
  await organizer.getByLabel(w.howClosely).selectOption("strict");
  await organizer.getByLabel(w.blockAbove).fill("0.6");
  await organizer.getByRole("button", { name: w.saveScreening }).click();
  await expect(organizer.getByText(w.screeningSaved)).toBeVisible();

  const buyer = await visit({ screen: "phone" });
  const email = `${unique("taster")}@mailinator.com`;
  await order(buyer, w, event.slug, { ticket: "特別席", quantity: 1, name: "仮名 三郎", email });
  await expect(buyer.getByRole("heading", { name: w.askTheOrganizer })).toBeVisible();
  const write = buyer.getByRole("link", { name: w.writeToTheOrganizer });
  await expect(write).toHaveAttribute("href", /^mailto:.+\?subject=\w+$/);
  await expect(buyer.getByRole("button", { name: w.goToPay })).toHaveCount(0);
  // Nothing tells by what it was noticed.
  await expect(buyer.locator("body")).not.toContainText(w.throwAwayMail);
  await expect(buyer.locator("body")).not.toContainText("blocked");
  await isAccessible(buyer);
  await fitsTheSmallestPhone(buyer);
  await buyer.screenshot({ path: "test-results/looks/order-blocked.phone.light.png", fullPage: true });

  await organizer.goto(`/o/events/${event.id}/screenings`);
  const card = organizer.getByRole("listitem").filter({ hasText: email });
  await card.getByRole("button", { name: w.letThrough }).click();
  await expect(organizer.getByText(w.letThroughNow)).toBeVisible();
  await expect(buyer.getByRole("button", { name: w.goToPay })).toBeVisible({ timeout: 60_000 });
});
