// The list of looks holds every page there is, and whoever watches them would notice what the policy forbids.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures/app";
import { looks } from "../fixtures/pages";

/**
 * Pages that one comes to only on the way of something: the journey that goes through them under the same watch, and the
 * words of it that stand on the page or in its address.
 */
const onTheWay: Record<string, [journey: string, words: string]> = {
  "/e/orders/:token/return": ["participant/pays_in_the_end", "w.paid"],
  "/o/login/return/:provider": ["organizer/is_refused_by_a_provider", "ログインできませんでした"],
  "/o/login/second": ["organizer/keeps_the_account_safe", "/o/login/second"],
  "/o/confirm/continue": ["organizer/keeps_the_account_safe", "続ける"],
  "/o/account/app": ["fixtures/actions", "アプリに表示された6桁のコード"],
  "/o/account/codes": ["fixtures/actions", ".recovery-codes"],
  "/o/payouts/:payout": ["organizer/is_paid_out", "振込を準備しました"],
  "/embed/:slug": ["organizer/shows_an_event_elsewhere", ".embed"],
  "/e/confirm/:order/:key": ["participant/confirms_the_address", "/e/confirm/"],
};

/** Every page of the route table, as a pattern of addresses. */
function routes(): string[] {
  const table = readFileSync(join(import.meta.dirname, "../../app/src/routes.rs"), "utf8");
  return [...table.matchAll(/<Route path=path!\("([^"]+)"\)/g)].map((it) => it[1]!);
}

function sourceOf(journey: string) {
  const file = journey.startsWith("fixtures/") ? `${journey}.ts` : `${journey}.spec.ts`;
  return readFileSync(join(import.meta.dirname, "..", file), "utf8");
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
  // Nothing stands in the list that is not there any more or is looked at by now, and every journey says what it sees.
  expect(Object.keys(onTheWay).filter((route) => !all.includes(route) || found.has(route))).toEqual([]);
  const unseen = Object.values(onTheWay).filter(([journey, words]) => !sourceOf(journey).includes(words));
  expect(unseen).toEqual([]);
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
