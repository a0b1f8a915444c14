// Personal data of a participant on the screen: taken out, asked to be erased, answered, erased; and how long they stay.
import { label } from "../fixtures/actions";
import { expect, test } from "../fixtures/app";
import { fitsTheSmallestPhone, isAccessible, isLegibleInTheDark } from "../fixtures/checks";
import { mailbox, unique } from "../fixtures/house";

for (const withoutJavaScript of [false, true]) {
  test(`a participant asks to be forgotten and is, JavaScript ${withoutJavaScript ? "off" : "on"}`, async ({ house, visit }) => {
    test.setTimeout(90_000);
    const [name, email] = [unique("消去"), mailbox("erased")];
    const event = await house.event();
    const order = await house.order(event, { name, email });
    await house.post(`/orders/${order.id}/cancel`, { reason: "都合により" });
    const buyer = await visit({ withoutJavaScript });
    await buyer.goto(order.statusPath);
    await buyer.getByText("あなたの個人情報").click();
    const href = await buyer.getByRole("link", { name: "保存している内容を受け取る（JSON）" }).getAttribute("href");
    const file = await buyer.request.get(href ?? "");
    expect(file.headers()["content-disposition"]).toContain("attachment");
    expect(await file.text()).toContain(email);
    if (!withoutJavaScript) await isAccessible(buyer);
    await buyer.getByRole("button", { name: "主催者に消去を求める" }).click();
    await expect(buyer.getByText("主催者に消去を求めました")).toBeVisible();

    const page = await visit({ isOrganizer: true, withoutJavaScript });
    await page.goto(`/o/events/${event.id}`);
    await expect(page.getByText("個人情報の消去を求められています")).toBeVisible();
    await page.goto(`/o/orders/${order.id}`);
    await page.getByRole("link", { name: "お返事をする" }).click();
    await page.getByRole("button", { name: "消去できないと返事する" }).click();
    await expect(page.getByText("理由を入力してください").first()).toBeVisible();
    await page.getByLabel(label("消去できない理由")).fill("会計の確認が終わってから消去します");
    await page.getByRole("button", { name: "消去できないと返事する" }).click();
    await expect(page.getByText("お返事を購入者のページに表示しました")).toBeVisible();
    await buyer.reload();
    await expect(buyer.getByText("会計の確認が終わってから消去します")).toBeVisible();
    await buyer.getByRole("button", { name: "主催者に消去を求める" }).click();

    await page.goto(`/o/orders/${order.id}/erase`);
    if (!withoutJavaScript) {
      await isAccessible(page);
      await isLegibleInTheDark(page);
      await fitsTheSmallestPhone(page);
    }
    await page.getByRole("button", { name: "個人情報を消去する" }).click();
    await expect(page.getByText("個人情報は消去されました")).toBeVisible();
    await expect(page.getByRole("heading", { name: "（消去済み）" })).toBeVisible();
    expect(await page.content()).not.toContain(email);
    if (!withoutJavaScript) await isAccessible(page);
    await page.goto(`/o/events/${event.id}/orders?q=${encodeURIComponent(name)}`);
    await expect(page.getByText("（消去済み）")).toHaveCount(0);
    await buyer.goto(order.statusPath);
    await expect(buyer.getByRole("heading", { name: "個人情報は消去されました" })).toBeVisible();
    expect(await buyer.content()).not.toContain(name);
    if (!withoutJavaScript) {
      await isAccessible(buyer);
      await isLegibleInTheDark(buyer);
    }
  });
}

test("what still goes on is said, and nobody is erased before", async ({ house, visit }) => {
  const order = await house.paidOrder(await house.event());
  const page = await visit({ isOrganizer: true });
  await page.goto(`/o/orders/${order.id}`);
  await page.getByRole("link", { name: "消去する…" }).click();
  await expect(page.getByText("これから使うチケットがあります")).toBeVisible();
  await expect(page.getByRole("button", { name: "個人情報を消去する" })).toHaveCount(0);
  const buyer = await visit();
  await buyer.goto(order.statusPath);
  await buyer.getByText("あなたの個人情報").click();
  await expect(buyer.getByRole("button", { name: "主催者に消去を求める" })).toHaveCount(0);
});

test("an organizer says how long participants are kept, within bounds", async ({ visit }) => {
  const page = await visit({ isOrganizer: true });
  await page.goto("/o/settings");
  const days = page.getByLabel(label("イベント終了後に残す日数"));
  await days.fill("30");
  await page.getByRole("button", { name: "期間を保存する" }).click();
  await expect(page.getByText("180日から2555日まで").first()).toBeVisible();
  await expect(days).toHaveValue("30");
  await days.fill("400");
  await page.getByRole("button", { name: "期間を保存する" }).click();
  await expect(page.getByText("期間を保存しました")).toBeVisible();
  await expect(days).toHaveValue("400");
});
