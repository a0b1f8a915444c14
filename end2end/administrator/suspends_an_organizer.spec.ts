// The staff finds an organizer, suspends it with a reason, and lets it go on; everybody concerned is told.
import { introduceOneself, label, logIn, staffsApp } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { House, mailbox, unique } from "../fixtures/house";

const w = words.ja;

for (const screen of ["phone", "desktop"] as const) {
  test(`a suspended organizer takes no new orders until it may go on, on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const organizer = await visit({ screen });
    const [address, name] = [mailbox("suspended"), unique("停止される会")];
    await logIn(organizer, request, w, address);
    await introduceOneself(organizer, w, name);
    await organizer.goto("/o/settings");
    await organizer.getByLabel(label("キーの名前")).fill("試験");
    for (const box of await organizer.getByRole("checkbox").all()) await box.check();
    await organizer.getByRole("button", { name: "キーを作る" }).click();
    const house = House.withKey(await organizer.locator("code.secret").innerText());
    const event = await house.event({ title: "続くはずの会" });
    const order = await house.order(event, { name: "佐藤 花子" });

    const staff = await visit({ screen, isStaff: true });
    const stands = (word: string) => staff.locator(".page-header").getByText(word);
    await test.step("found by a member's address", async () => {
      await staff.goto("/admin/organizers");
      await staff.getByLabel("名前・連絡先・メンバー・イベント・ID").fill(address);
      await staff.getByRole("button", { name: "探す" }).click();
      await staff.getByRole("link", { name }).click();
      await expect(staff.getByRole("heading", { name, level: 1 })).toBeVisible();
      await isAccessible(staff);
    });
    await test.step("suspended with a reason", async () => {
      await staff.getByLabel("理由", { exact: true }).fill("苦情を確認しています");
      await staffsApp.press(staff.getByRole("button", { name: "停止する" }), stands("停止中"));
      await expect(staff.getByText("状態を変えました")).toBeVisible();
      await isAccessible(staff);
    });

    await organizer.goto("/o");
    await expect(organizer.getByText("この主催者は停止されています")).toBeVisible();
    await expect(organizer.getByText("苦情を確認しています")).toBeVisible();
    await isAccessible(organizer);
    const buyer = await visit({ screen });
    await buyer.goto(`/e/${event.slug}`);
    await expect(buyer.getByText("新しいお申込みを停止しています")).toBeVisible();
    await expect(buyer.getByRole("button", { name: w.goToPay })).toHaveCount(0);
    await isAccessible(buyer);
    await buyer.goto(order.statusPath);
    await expect(buyer.getByRole("heading", { level: 1 })).toBeVisible();

    await test.step("let go on", async () => {
      await staff.getByLabel("理由", { exact: true }).fill("解決しました");
      await staffsApp.press(staff.getByRole("button", { name: "利用を再開する" }), stands("利用中"));
      await staff.getByRole("link", { name: "この主催者の記録" }).click();
      await expect(staff.getByText("主催者を停止しました")).toBeVisible();
      await expect(staff.getByText("苦情を確認しています")).toBeVisible();
    });
    await expect(async () => {
      await buyer.goto(`/e/${event.slug}`);
      await expect(buyer.getByText("新しいお申込みを停止しています")).toHaveCount(0, { timeout: 500 });
    }).toPass();
  });
}
