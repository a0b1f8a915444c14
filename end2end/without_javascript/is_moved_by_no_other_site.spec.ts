// A page of another site has somebody press a button that sends one of our forms: nothing moves, with JavaScript or without,
// whether browsers count that page to our site or not.
import { expect, test, words } from "../fixtures/app";
import { baseURL } from "../fixtures/house";
import { openWebsite } from "../fixtures/network";

const w = words.ja;
const ours = new URL(baseURL).hostname;

for (const withoutJavaScript of [true, false]) {
  test(`no other site closes an event, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ house, visit }) => {
    const event = await house.event();
    const organizer = await visit({ isOrganizer: true, withoutJavaScript });
    for (const host of [ours, ours === "127.0.0.1" ? "localhost" : "127.0.0.1"]) {
      const website = await openWebsite(host);
      website.paste(
        `<form method="post" action="${baseURL}/api/events/close">
           <input type="hidden" name="event" value="${event.id}"><button>くじを引く</button>
         </form>`,
      );
      await organizer.goto(website.url);
      const [answer] = await Promise.all([
        organizer.waitForResponse((it) => it.url() === `${baseURL}/api/events/close`),
        organizer.getByRole("button", { name: "くじを引く" }).click(),
      ]);
      expect(answer.status(), host).toBe(403);
      await expect(organizer.getByRole("heading", { level: 1 })).toBeVisible();
      website.close();
    }
    await organizer.goto(`/e/${event.slug}`);
    await expect(organizer.getByText(w.closed)).toHaveCount(0);
    await expect(organizer.getByText("受付中")).toBeVisible();

    // The same form from a page of ours does what it says: it was the sender that was refused.
    const own = await organizer.context().request.post("/api/events/close", {
      form: { event: event.id },
      headers: { origin: baseURL },
    });
    expect(own.status()).toBeLessThan(400);
    await organizer.goto(`/e/${event.slug}`);
    await expect(organizer.getByText(w.closed).first()).toBeVisible();
  });
}
