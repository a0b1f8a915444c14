// Money reaches the organizer: from the switch of the model to the bank's file, with fees, on a phone and on a desktop.
import { CodeApp, introduceOneself, isAwake, label, logIn } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { House, mailbox, unique } from "../fixtures/house";

const w = words.ja;

/** Wall-clock time in Japan in so many minutes, as a form wants it. */
function inMinutes(minutes: number) {
  const at = new Date(Date.now() + minutes * 60_000).toLocaleString("sv-SE", { timeZone: "Asia/Tokyo" });
  return at.slice(0, 16).replace(" ", "T");
}

/** A date in Japan in so many days. */
const day = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toLocaleDateString("sv-SE", { timeZone: "Asia/Tokyo" });

/** The operator comes back in the second test, and is asked for the same app. */
const operatorsApp = new CodeApp();

for (const screen of ["phone", "desktop"] as const) {
  test(`an organizer is paid out what participants paid, on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(120_000);
    const organizer = await visit({ screen });
    await logIn(organizer, request, w, mailbox("collector"));
    await introduceOneself(organizer, w, unique("幹事"));

    await test.step("chooses to have the money held, and names a bank account", async () => {
      await organizer.goto("/o/payouts");
      await expect(organizer.getByText("お金は直接あなたの決済アカウントに入ります")).toBeVisible();
      await organizer.getByRole("radio", { name: /EventPayが預かって振り込む/ }).check();
      await organizer.getByRole("button", { name: "切り替える" }).click();
      await expect(organizer.getByText("受け取り方を切り替えました")).toBeVisible();
      await organizer.getByRole("link", { name: "口座を登録する" }).click();
      await organizer.getByLabel(label("銀行コード（4けた）")).fill("0001");
      await organizer.getByLabel(label("支店コード（3けた）")).fill("001");
      await organizer.getByLabel(label("預金の種類")).selectOption("ordinary");
      await organizer.getByLabel(label("口座番号（7けた以内）")).fill("123456");
      const holder = organizer.getByLabel(label("口座名義（カタカナ）"));
      await holder.fill("田中花子");
      await organizer.getByRole("button", { name: "この口座を保存する" }).click();
      await expect(holder).toHaveAttribute("aria-invalid", "true");
      await holder.fill("たなか　はなこ");
      await organizer.getByRole("button", { name: "この口座を保存する" }).click();
      await expect(organizer.getByText("口座を保存しました")).toBeVisible();
    });
    const number = /org_\w+/.exec(await organizer.locator("main").innerText())?.[0] ?? "";

    const operator = await visit({ screen: "desktop" });
    await logIn(operator, request, w, "operator@example.com");
    // Administrators confirm with a second factor before everything they do.
    await operatorsApp.confirm(operator);
    await test.step("the platform sets this organizer's schedule and fee", async () => {
      await operator.goto("/admin/payouts");
      await operator.getByLabel(label("主催者のID")).fill(number);
      await operator.getByLabel(label("イベント終了から何営業日後")).fill("0");
      await operator.getByLabel(label("留保する割合（%）")).fill("0");
      await operator.getByLabel(label("留保する日数")).fill("0");
      await operator.getByLabel(label("振込の最低額（円）")).fill("1000");
      await operator.getByRole("button", { name: "条件を保存" }).click();
      await expect(operator.getByText("振込条件を保存しました")).toBeVisible();
      await operator.getByLabel(label("料率（%）")).fill("3");
      await operator.getByLabel(label("消費税率")).selectOption("1000");
      await operator.getByLabel(label("この主催者だけに")).fill(number);
      await operator.getByRole("button", { name: "規則を保存" }).click();
      await expect(operator.getByText("手数料の規則を変更しました")).toBeVisible();
      await isAccessible(operator);
    });

    await organizer.goto("/o/settings");
    await organizer.getByLabel(label("キーの名前")).fill("試験");
    for (const box of await organizer.getByRole("checkbox").all()) await box.check();
    await organizer.getByRole("button", { name: "キーを作る" }).click();
    const house = House.withKey(await organizer.locator("code.secret").innerText());
    const event = await house.event({
      title: "今日の会",
      from: inMinutes(2),
      until: inMinutes(3),
      methods: ["credit_card"],
      ticketTypes: [{ name: "一般", price: 5000 }],
    });

    await test.step("a participant bears the fee, and sees it before paying", async () => {
      await organizer.goto(`/o/events/${event.id}/tickets`);
      await organizer.getByRole("radio", { name: /^参加者/ }).check();
      await organizer.getByRole("button", { name: "負担する人を保存" }).click();
      await expect(organizer.getByText("手数料の負担を保存しました")).toBeVisible();
      await isAccessible(organizer);
      const buyer = await visit({ screen });
      await buyer.goto(`/e/${event.slug}`);
      await isAwake(buyer);
      await expect(buyer.getByText("別途 手数料 ¥165（1枚のとき）")).toBeVisible();
      await expect(buyer.locator(".order-bar")).toContainText("¥5,165");
      await isAccessible(buyer);
      const order = await house.paidOrder(event, { name: "佐藤 花子" });
      await buyer.goto(order.statusPath);
      await expect(buyer.locator("main")).toContainText("¥165");
      await isAccessible(buyer);
    });

    await test.step("prepares the payout and approves it by typing the amount again", async () => {
      await organizer.goto("/o/payouts");
      await expect(organizer.locator(".facts-total").first()).toContainText("¥5,000");
      await isAccessible(organizer);
      await organizer.getByRole("button", { name: "振込を準備する" }).click();
      await expect(organizer.getByText("振込を準備しました")).toBeVisible();
      await expect(organizer.getByText("ﾀﾅｶ ﾊﾅｺ")).toBeVisible();
      await expect(organizer.getByText("運営が確認しています")).toBeVisible();
      await isAccessible(organizer);
      await operator.goto(`/admin/organizers/${number}`);
      await operator.getByLabel("理由", { exact: true }).fill("本人確認済み");
      await operator.getByRole("button", { name: "審査を終えて振込を認める" }).click();
      await expect(operator.getByText("状態を変えました")).toBeVisible();
      await isAccessible(operator);
      await organizer.reload();
      await expect(organizer.getByText("運営が確認しています")).toBeHidden();
      await organizer.getByLabel(label("振込額をもう一度")).fill("500");
      await organizer.getByRole("button", { name: "この振込を承認する" }).click();
      await expect(organizer.getByText("金額が一致しません")).toBeVisible();
      await isAccessible(organizer);
      await organizer.getByLabel(label("振込額をもう一度")).fill("5000");
      await organizer.getByRole("button", { name: "この振込を承認する" }).click();
      await expect(organizer.getByText("承認しました")).toBeVisible();
      await expect(organizer.locator('[data-process="payout"]')).toContainText("銀行へ送金を依頼");
    });

    const code = /PO-\w+/.exec(await organizer.getByRole("heading", { level: 1 }).innerText())?.[0] ?? "";
    await test.step("the platform makes the bank's file and records that it was paid", async () => {
      // Not every day is a business day; one of the next ones is.
      await expect(async () => {
        for (let days = 1; days <= 7; days += 1) {
          await operator.goto("/admin/payouts");
          await operator.getByLabel(label("振込指定日")).fill(day(days));
          await operator.getByRole("button", { name: "全銀ファイルを作る（送金へ）" }).click();
          if (await operator.getByText("銀行用のファイルを作りました").isVisible()) return;
        }
        throw new Error("no business day in a week");
      }).toPass({ timeout: 30_000 });
      const card = operator.locator("section.card").filter({ hasText: code });
      const href = await card.getByRole("link", { name: "全銀ファイル（改行あり）" }).getAttribute("href");
      const file = await (await operator.request.get(href ?? "")).body();
      const lines = file.toString("latin1").split("\r\n");
      expect(lines.map((line) => line[0] ?? "").join("")).toMatch(/^12+89$/);
      expect(lines.slice(0, -1).every((line) => line.length === 120)).toBe(true);
      expect(lines.some((line) => line.startsWith("2") && line.slice(80, 90) === "0000005000")).toBe(true);
      await isAccessible(operator);
      await card.getByRole("button", { name: `${code}: 振込済みにする` }).click();
      await expect(operator.getByText("結果を記録しました")).toBeVisible();
    });

    await organizer.reload();
    await expect(organizer.locator('[data-process="payout"]')).toHaveAttribute("data-state", "succeeded");
    await isAccessible(organizer);
    const csv = await organizer.getByRole("link", { name: "明細をCSVで保存" }).getAttribute("href");
    expect(await (await organizer.request.get(csv ?? "")).text()).toContain("今日の会");
    await organizer.goto("/o/payouts");
    await expect(organizer.getByRole("listitem").filter({ hasText: code })).toContainText("振込済み");
  });
}
