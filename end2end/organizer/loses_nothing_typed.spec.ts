// Nothing typed is ever lost: not on an error, not in a closed tab.
import { fillOrder, isAwake, label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { showsProblem } from "../fixtures/checks";
import { evening } from "../fixtures/house";

const w = words.ja;

test("a participant's refused order comes back with everything in it", async ({ house, page }) => {
  const event = await house.event();
  await page.goto(`/e/${event.slug}`);
  await isAwake(page);
  await fillOrder(page, w, { ticket: "一般", quantity: 2, name: "長谷川 さくら", email: "sakura@example" });
  await page.getByText(w.attendees).first().click();
  await page.getByLabel("一般 2人目").fill("長谷川 桃子");
  await page.getByRole("button", { name: w.goToPay }).click();
  await showsProblem(page, w.check, label(w.email), w.emailMalformed);
  await isAwake(page);
  await expect(page.getByRole("textbox", { name: w.email, exact: true })).toHaveValue("sakura@example");
  await expect(page.getByRole("textbox", { name: w.name, exact: true })).toHaveValue("長谷川 さくら");
  await expect(page.getByRole("spinbutton")).toHaveValue("2");
  await expect(page.getByLabel("一般 2人目")).toHaveValue("長谷川 桃子");
  await page.getByRole("textbox", { name: w.email, exact: true }).fill("sakura@example.com");
  await page.getByRole("button", { name: w.goToPay }).click();
  await expect(page).toHaveURL(/\/sessions\//);
});

test("an organizer's refused event comes back with everything in it", async ({ house, visit }) => {
  const event = await house.event({ isDraft: true });
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto(`/o/events/${event.id}/edit`);
  await page.getByLabel(label(w.title)).fill("名前を変えた勉強会");
  await page.getByLabel(label(w.starts)).fill(evening(10, "19:00"));
  await page.getByLabel(label(w.ends)).fill(evening(10, "18:00"));
  await page.getByLabel(label(w.description)).fill("一行目\n\n三行目 <b>\"引用\"</b> & その他");
  await page.getByRole("checkbox", { name: "PayPay" }).uncheck();
  await page.getByRole("button", { name: w.save, exact: true }).click();
  await showsProblem(page, w.check, label(w.ends), w.endsBeforeStart);
  await expect(page.getByLabel(label(w.title))).toHaveValue("名前を変えた勉強会");
  await expect(page.getByLabel(label(w.description))).toHaveValue("一行目\n\n三行目 <b>\"引用\"</b> & その他");
  await expect(page.getByRole("checkbox", { name: "PayPay" })).not.toBeChecked();
  await page.getByLabel(label(w.ends)).fill(evening(10, "21:00"));
  await page.getByRole("button", { name: w.save, exact: true }).click();
  await expect(page.getByText(w.saved, { exact: true })).toBeVisible();
  await expect(page.getByLabel(label(w.title))).toHaveValue("名前を変えた勉強会");
});

test("a refused ticket type comes back with everything in it", async ({ house, visit }) => {
  const event = await house.event({ isDraft: true, ticketTypes: [] });
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/events/${event.id}/tickets`);
  await page.getByLabel(label(w.ticketName)).fill("新人・時短");
  await page.getByLabel(label(w.price)).fill("三千円");
  await page.getByRole("button", { name: w.addTicket }).click();
  await showsProblem(page, w.check, label(w.price), "数字で入力してください");
  await expect(page.getByLabel(label(w.ticketName))).toHaveValue("新人・時短");
  await expect(page.getByLabel(label(w.price))).toHaveValue("三千円");
});

test("what was typed and not saved is there again, until it is thrown away", async ({ house, visit }) => {
  const event = await house.event({ title: "前の名前", isDraft: true });
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto(`/o/events/${event.id}/edit`);
  await isAwake(page);
  await page.getByLabel(label(w.title)).fill("");
  await page.getByLabel(label(w.title)).pressSequentially("書きかけの名前");
  await expect(page.getByRole("status")).toContainText(w.autosaved);
  await page.close();

  const again = await visit({ isOrganizer: true, screen: "desktop" });
  await again.goto(`/o/events/${event.id}/edit`);
  await expect(again.getByText(w.unsaved)).toBeVisible();
  await expect(again.getByLabel(label(w.title))).toHaveValue("書きかけの名前");
  await again.getByRole("button", { name: w.discard }).click();
  await expect(again.getByLabel(label(w.title))).toHaveValue("前の名前");
  await expect(again.getByText(w.unsaved)).toHaveCount(0);
});
