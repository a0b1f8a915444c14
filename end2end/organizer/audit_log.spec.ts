// Who changed what: the organizer's audit log, on a phone and on a desk.
import { expect, test } from "../fixtures/app";

for (const screen of ["phone", "desktop"] as const) {
  test(`the log tells what was done and is filtered, on a ${screen}`, async ({ house, visit }) => {
    const event = await house.event({ title: `記録の会 ${screen}` });
    await house.paidOrder(event, { name: "高橋 蓮" });
    const page = await visit({ isOrganizer: true, screen });
    await page.goto("/o/settings");
    await page.getByRole("link", { name: "記録を見る" }).click();
    await expect(page.getByRole("heading", { name: "操作の記録" })).toBeVisible();
    const lines = page.locator(".audit-line");
    const captured = lines.filter({ hasText: /高橋 蓮 ?さんの入金を確認しました/ });
    await expect(captured.filter({ hasText: "支払い済み" })).not.toHaveCount(0);

    await page.getByText("記録をしぼり込む").click();
    await page.getByLabel("なにを").selectOption({ label: "イベント" });
    await page.getByLabel("イベント", { exact: true }).selectOption({ label: event.title });
    await page.getByRole("button", { name: "しぼり込む" }).click();
    await expect(lines.filter({ hasText: "イベントを公開しました" })).toHaveCount(1);
    await expect(lines.filter({ hasText: "入金を確認しました" })).toHaveCount(0);
    await expect(lines.first()).toContainText("リクエスト番号");

    await page.getByLabel("この日から").fill("2099-01-01");
    await page.getByRole("button", { name: "しぼり込む" }).click();
    await expect(page.getByRole("heading", { name: "記録がありません" })).toBeVisible();
    await page.getByRole("link", { name: "条件をなくす" }).first().click();
    await expect(lines).not.toHaveCount(0);
  });
}

test("the log is saved as a file that a spreadsheet opens", async ({ house, visit }) => {
  await house.event({ title: "保存の会" });
  const page = await visit({ isOrganizer: true, screen: "desktop" });
  await page.goto("/o/audit");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSVで保存" }).click();
  expect((await download).suggestedFilename()).toBe("audit-log.csv");
});
