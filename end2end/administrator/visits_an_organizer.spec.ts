// The staff looks at an organizer's pages for a while, under a banner, and changes nothing; the organizer reads of it.
import { introduceOneself, logIn, staffsApp } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { mailbox, unique } from "../fixtures/house";

const w = words.ja;

for (const screen of ["phone", "desktop"] as const) {
  test(`a visit is announced, changes nothing and is written down, on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const owner = await visit({ screen });
    const [address, name] = [mailbox("visited"), unique("見られる会")];
    await logIn(owner, request, w, address);
    await introduceOneself(owner, w, name);

    const staff = await visit({ screen, isStaff: true });
    await staff.goto(`/admin/organizers?q=${encodeURIComponent(address)}`);
    await staff.getByRole("link", { name }).click();
    const form = staff.locator("form[action$='/begin_visit']");
    await form.getByLabel("見る理由").fill("画面が開かないとの問い合わせ");
    const banner = staff.getByRole("complementary", { name: "運営による閲覧" });
    await staffsApp.press(form.getByRole("button", { name: "見る", exact: true }), banner);
    await expect(banner).toContainText(name);
    await expect(banner).toContainText("画面が開かないとの問い合わせ");
    await expect(staff).toHaveURL(/\/o$/);
    await expect(staff.getByRole("link", { name: w.createEvent })).toHaveCount(0);
    await isAccessible(staff);
    await staff.goto("/o/settings");
    await expect(banner).toBeVisible();
    await isAccessible(staff);
    await staff.goto("/o/events/new");
    await expect(banner).toBeVisible();
    await expect(staff.getByRole("heading", { level: 1 })).not.toHaveText(w.createEvent);

    await banner.getByRole("button", { name: "見るのを終える" }).click();
    await expect(staff.getByRole("heading", { name, level: 1 })).toBeVisible();
    await expect(banner).toHaveCount(0);

    await owner.goto("/o/audit");
    for (const line of ["運営がこの主催者の画面を見始めました", "運営が画面を開きました", "運営が画面を見るのを終えました"]) {
      await expect(owner.getByText(line).first()).toBeVisible();
    }
    await expect(owner.getByText("画面が開かないとの問い合わせ").first()).toBeVisible();
  });
}
