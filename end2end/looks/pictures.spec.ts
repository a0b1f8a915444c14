// Pictures of every page, on a phone and on a desktop, light and dark: test-results/looks. They are looked at, not compared.
import { mkdirSync } from "node:fs";
import { test, type Screen } from "../fixtures/app";
import { looks } from "../fixtures/pages";

const folder = "test-results/looks";

for (const screen of ["phone", "desktop"] as Screen[]) {
  test(`pictures of every page on a ${screen}`, async ({ visit, world }) => {
    test.setTimeout(240_000);
    mkdirSync(folder, { recursive: true });
    const pages = {
      stranger: await visit({ screen }),
      organizer: await visit({ screen, isOrganizer: true }),
      staff: await visit({ screen, isStaff: true }),
    };
    for (const look of looks) {
      const page = look.isStaff ? pages.staff : look.isOrganizer ? pages.organizer : pages.stranger;
      await page.emulateMedia({ colorScheme: "light" });
      await look.show(page, world);
      const name = look.name.replaceAll(/[^a-z]+/gi, "-").replace(/-$/, "");
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const path = `${folder}/${name}.${screen}.${colorScheme}.png`;
        await page.screenshot({ path, fullPage: true, scale: "css", animations: "disabled" });
      }
      // The next page is in Japanese again.
      await page.context().clearCookies({ name: "lang" });
    }
  });
}
