// An organizer pastes an event into a website of its own: it stands there, as high as it is, leads to its page, and no
// other website shows it.
import { expect, test, words } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible, isLegibleInTheDark } from "../fixtures/checks";
import { House, baseURL } from "../fixtures/house";
import { openWebsite } from "../fixtures/network";

const w = words.ja;

test("an event stands in the organizer's website, and in no other", async ({ visit, browser }) => {
  const [club, stranger] = [await openWebsite(), await openWebsite()];
  const house = await House.open();
  const event = await house.event({ ticketTypes: [{ name: "一般", price: 3000, quota: 8 }, { name: "学生", price: 1500 }] });
  const organizer = await visit({ screen: "phone" });
  await organizer.goto(house.loginUrl);
  await organizer.getByRole("button", { name: w.logIn, exact: true }).click();
  await organizer.waitForURL(/\/o$/);
  await organizer.goto(`/o/events/${event.id}/share`);
  await organizer.getByRole("link", { name: "サイトを登録する" }).click();
  await organizer.getByLabel(w.keyName).fill("同好会のサイト");
  await organizer.getByLabel(w.keySites).fill(new URL(club.url).host);
  await organizer.getByRole("button", { name: w.makeKey }).click();
  await expect(organizer.getByRole("alert")).toContainText(w.siteMalformed);
  await isAccessible(organizer);
  await organizer.getByLabel(w.keySites).fill(`${club.url}/events/`);
  await organizer.getByRole("button", { name: w.makeKey }).click();
  await expect(organizer.getByText(w.keyMade)).toBeVisible();
  await expect(organizer.getByText(club.url, { exact: true })).toBeVisible();
  await isAccessible(organizer);
  await fitsTheSmallestPhone(organizer);
  await organizer.screenshot({ path: "test-results/looks/keys-for-websites.phone.light.png", fullPage: true });
  await organizer.goto(`/o/events/${event.id}/share`);
  const code = await organizer.getByRole("textbox", { name: w.pasteThis }).inputValue();

  const reader = await visit({ screen: "desktop" });
  club.paste(code);
  await reader.goto(`${club.url}/events`);
  const frame = reader.frameLocator("iframe");
  await expect(frame.getByRole("heading", { name: event.title })).toBeVisible();
  await expect(frame.getByText("¥1,500")).toBeVisible();
  // As high as what it shows.
  const [outer, inner] = [reader.locator("iframe"), frame.locator(".embed")];
  await expect
    .poll(async () => Math.abs(((await outer.boundingBox())?.height ?? 0) - ((await inner.boundingBox())?.height ?? 1e6)))
    .toBeLessThan(2);
  await reader.screenshot({ path: "test-results/looks/website-with-an-event.desktop.light.png", fullPage: true });
  expect(await reader.context().cookies(baseURL), "nothing is kept").toEqual([]);
  const [opened] = await Promise.all([
    reader.context().waitForEvent("page"),
    frame.getByRole("link", { name: w.orderInTab }).click(),
  ]);
  await expect(opened).toHaveURL(`${baseURL}/e/${event.slug}`);
  await expect(opened.getByRole("heading", { name: event.title })).toBeVisible();

  // Not watched: the browser says loudly that it refuses.
  const elsewhere = await browser.newPage();
  stranger.paste(code);
  await elsewhere.goto(`${stranger.url}/events`);
  await expect.poll(() => elsewhere.frames().length).toBe(2);
  await expect(elsewhere.frameLocator("iframe").getByRole("heading", { name: event.title })).toHaveCount(0);
  await expect.poll(() => elsewhere.frames()[1]?.url()).toMatch(/^chrome-error:/);
  await elsewhere.close();

  // Opened by itself, as its organizer looks at it.
  const src = /src="([^"]+)"/.exec(code)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const alone = await visit({ screen: "phone" });
  await alone.goto(src);
  await isAccessible(alone);
  await isLegibleInTheDark(alone);
  await fitsTheSmallestPhone(alone);
  await alone.screenshot({ path: "test-results/looks/event-in-a-frame.phone.light.png", fullPage: true });
  await alone.emulateMedia({ colorScheme: "dark" });
  await alone.screenshot({ path: "test-results/looks/event-in-a-frame.phone.dark.png", fullPage: true });
  club.close();
  stranger.close();
});
