// The list of looks holds every page there is, and whoever watches them would notice what the policy forbids.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures/app";
import { looks } from "../fixtures/pages";

/** Pages that one comes to only on the way of something, where a watched journey goes through them. */
const onTheWay: Record<string, string> = {
  "/e/orders/:token/return": "every purchase",
  "/o/login/sent": "logs_in_with_a_provider",
  "/o/login/return/:provider": "logs_in_with_a_provider",
  "/o/login/second": "keeps_the_account_safe",
  "/o/confirm/continue": "keeps_the_account_safe",
  "/o/account/app": "keeps_the_account_safe",
  "/o/account/codes": "keeps_the_account_safe",
  "/o/payouts/:payout": "is_paid_out",
  "/o/disputes/:dispute": "answers_a_chargeback",
  "/embed/:slug": "shows_an_event_elsewhere",
  "/e/confirm/:order/:key": "confirms_the_address",
  // The same document as the participant's, which is looked at.
  "/o/orders/:order/credit_notes/:number": "nobody yet",
};

/** Every page of the route table, as a pattern of addresses. */
function routes(): string[] {
  const table = readFileSync(join(import.meta.dirname, "../../app/src/routes.rs"), "utf8");
  return [...table.matchAll(/<Route path=path!\("([^"]+)"\)/g)].map((it) => it[1]!);
}

const matches = (route: string, path: string) =>
  new RegExp(`^${route.replaceAll(/:[a-z]+/g, "[^/]+")}$`).test(path);

test("every page of the route table is looked at, or is on the way of a journey", async ({ passersBy, world }) => {
  test.setTimeout(240_000);
  const seen = new Set<string>();
  for (const look of looks) {
    const page = look.isStaff ? passersBy.staff : look.isOrganizer ? passersBy.organizer : passersBy.stranger;
    await page.context().clearCookies({ name: "lang" });
    await look.show(page, world);
    seen.add(new URL(page.url()).pathname);
  }
  // Fixed words go before names: `/e/orders/…` is no event's page.
  const all = routes().sort((a, b) => a.split(":").length - b.split(":").length);
  const found = new Set([...seen].map((path) => all.find((route) => matches(route, path))));
  const missing = all.filter((route) => !found.has(route) && !(route in onTheWay));
  expect(all.length).toBeGreaterThan(60);
  expect(missing).toEqual([]);
  // Nothing stands in the list that is not there any more, or is looked at by now.
  expect(Object.keys(onTheWay).filter((route) => !all.includes(route))).toEqual([]);
});

test("a script that the policy forbids does not run, and is noticed", async ({ page, watch }) => {
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.documentElement.dataset.ran = 'yes'";
    document.head.append(script);
  });
  await expect.poll(() => watch.complaints.join(" ")).toContain("Content Security Policy");
  await expect(page.locator("html")).not.toHaveAttribute("data-ran", "yes");
  watch.complaints.length = 0;
});
