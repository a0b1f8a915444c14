// Transfers: a participant promises one, the organizer reads the bank's statement in, and money finds its order.
import { fillOrder, label } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import type { Locator, Page } from "@playwright/test";
import { mailbox, type House, type TestEvent } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;

/** An event that can be paid by transfer, with the account entered on the page. */
async function eventByTransfer(house: House, organizer: Page): Promise<TestEvent> {
  await organizer.goto("/o/money/account");
  await organizer.getByLabel(label("銀行コード")).fill("0001");
  await organizer.getByLabel(label("銀行名")).fill("みずほ銀行");
  await organizer.getByLabel(label("支店コード")).fill("001");
  await organizer.getByLabel(label("支店名")).fill("東京営業部");
  await organizer.getByLabel(label("口座番号")).fill("1234567");
  await organizer.getByLabel(label("口座名義")).fill("タナカ タロウ");
  await organizer.getByRole("button", { name: "口座を保存する" }).click();
  await expect(organizer.getByText("口座を保存しました")).toBeVisible();
  return await house.event({ methods: ["credit_card", "direct_transfer"] });
}

/** A bank's CSV with one line for each payer and amount. */
function csv(lines: [string, number][]) {
  let balance = 100_000;
  const rows = lines.map(([payer, yen]) => {
    balance += yen;
    return `20261120,${yen},${balance},振込 ${payer}`;
  });
  return ["取引日,入出金(円),取引後残高(円),入出金内容", ...rows, ""].join("\r\n");
}

async function upload(page: Page, text: string, name = "meisai.csv") {
  await page.goto("/o/money/statements");
  await page.getByLabel("明細ファイル").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "読み込む", exact: true }).click();
}

async function orderByTransfer(page: Page, event: TestEvent, email = mailbox()) {
  await page.goto(`/e/${event.slug}`);
  await fillOrder(page, w, { ticket: "一般", quantity: 1, name: "山本 結衣", email });
  await page.getByRole("radio", { name: /^銀行振込/ }).check();
  await page.getByRole("button", { name: w.goToPay }).click();
  await expect(page.getByRole("heading", { name: "お振り込みをお待ちしています" })).toBeVisible();
  const number = await page.locator(".pay-numbers div", { hasText: "お名前の前に付ける番号" }).locator("dd").first().textContent();
  return number ?? "";
}

/** The participant looks again; the page may be renewing itself at the same moment. */
async function seesAnew(page: Page, what: Locator) {
  await expect(async () => {
    await page.reload();
    await expect(what).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 20_000 });
}

test("a participant chooses a transfer on a phone, and the organizer's statement makes the order paid", async ({ house, page, visit, request }) => {
  const organizer = await visit({ isOrganizer: true, screen: "desktop" });
  const event = await eventByTransfer(house, organizer);
  const email = mailbox("payer");
  const number = await orderByTransfer(page, event, email);
  expect(number).toMatch(/^\d{8}$/);
  await expect(page.getByText("みずほ銀行 (0001)")).toBeVisible();
  await expect(page.getByText("¥3,000").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "コピー" }).first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is cut off").toBe(true);
  expect((await mailTo(request, email, w.instructionsSubject)).text).toContain(number);

  await upload(organizer, csv([[`${number} ヤマモト ユイ`, 3000], ["デンキ", -500]]));
  await expect(organizer.getByText("新しい明細 1件。記録 1件、確認待ち 0件").first()).toBeVisible();
  await seesAnew(page, page.getByRole("heading", { name: w.paid }));

  await upload(organizer, csv([[`${number} ヤマモト ユイ`, 3000], ["デンキ", -500]]));
  await expect(organizer.getByText("このファイルは読み込み済みです")).toBeVisible();
});

test("a short transfer shows what is missing, and the rest pays the order", async ({ house, page, visit }) => {
  const organizer = await visit({ isOrganizer: true });
  const event = await eventByTransfer(house, organizer);
  const number = await orderByTransfer(page, event);
  await upload(organizer, csv([[`${number} ヤマモト`, 2000]]));
  await seesAnew(page, page.getByText("あと¥1,000").first());
  await expect(page.getByText("¥3,000のうち¥2,000をお預かりしています。")).toBeVisible();
  await expect(page.locator(".facts-big").getByText("¥1,000")).toBeVisible();
  await upload(organizer, csv([[`${number} ヤマモト`, 2000], [`${number} ヤマモト`, 1000]]), "later.csv");
  await seesAnew(page, page.getByRole("heading", { name: w.paid }));
});

test("a transfer without its number is proposed, and one press records it", async ({ house, page, visit }) => {
  const organizer = await visit({ isOrganizer: true, screen: "desktop" });
  const event = await eventByTransfer(house, organizer);
  const number = await orderByTransfer(page, event);
  await upload(organizer, csv([[`${number.slice(1)} ヤマモト`, 3000]]));
  const todo = organizer.locator(".statement-todo", { hasText: number.slice(1) });
  const proposal = todo.locator(".statement-proposal", { hasText: "番号が1文字ちがい · 金額が一致" });
  await expect(proposal).toBeVisible();
  await organizer.goto(`/o/events/${event.id}`);
  await expect(organizer.getByText(/確認待ちの入金 [0-9]+件/)).toBeVisible();
  await organizer.goto("/o/money/statements");
  await proposal.getByRole("button", { name: "この申込みの入金にする" }).click();
  await expect(organizer.getByText("入金を記録しました")).toBeVisible();
  await seesAnew(page, page.getByRole("heading", { name: w.paid }));
});

test("a broken file is refused with its line, and nothing of it is kept", async ({ house, visit }) => {
  const organizer = await visit({ isOrganizer: true });
  await eventByTransfer(house, organizer);
  await upload(organizer, csv([["スズキ", 1000], ["タナカ", 2000]]).replace("103000", "103001"));
  await expect(organizer.getByText("読み込めませんでした。何も記録していません")).toBeVisible();
  await expect(organizer.getByText("3行目: 残高がつながりません（記載 103001、計算では 103000）")).toBeVisible();
  await expect(organizer.getByText("スズキ")).toHaveCount(0);
});
