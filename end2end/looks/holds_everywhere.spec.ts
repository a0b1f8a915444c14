// What must hold on every page, whatever it shows: WCAG 2.2 AA in light and dark, no scrolling sideways on the smallest
// phone, and nothing for the browser to complain about.
import { expect, test } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible, isLegibleInTheDark } from "../fixtures/checks";
import { looks } from "../fixtures/pages";

for (const look of looks) {
  test(`${look.name}: for everybody, on every screen`, async ({ passersBy, world, watch }) => {
    const page = look.isStaff ? passersBy.staff : look.isOrganizer ? passersBy.organizer : passersBy.stranger;
    await page.context().clearCookies({ name: "lang" });
    watch.over(page.context());
    await look.show(page, world);
    await isAccessible(page);
    await isLegibleInTheDark(page);
    await fitsTheSmallestPhone(page);
    await expect(page).toHaveTitle(/\S/);
  });
}

test("desktop pages of the staff are accessible as well", async ({ visit }) => {
  test.setTimeout(90_000);
  const page = await visit({ isStaff: true, screen: "desktop" });
  for (const path of ["", "/alerts", "/jobs", "/organizers", "/users", "/switches", "/audit", "/payouts"]) {
    await page.goto(`/admin${path}`);
    await isAccessible(page);
    await isLegibleInTheDark(page);
  }
});

test("desktop pages of organizers are accessible as well", async ({ visit, world }) => {
  test.setTimeout(90_000);
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  for (const path of ["", "/orders", "/tickets", "/edit", "/share"]) {
    await page.goto(`/o/events/${world.open.id}${path}`);
    await isAccessible(page);
  }
});
