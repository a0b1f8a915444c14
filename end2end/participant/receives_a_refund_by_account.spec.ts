// Money that came in cash goes back to an account: the participant's form without JavaScript, the organizer's page with it.
import { label } from "../fixtures/actions";
import { expect, test, words, type Lang } from "../fixtures/app";
import { mailbox } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";

const visits = [
  { lang: "ja", screen: "phone", bank: "みずほ銀行", branch: "しぶや", holder: "さとう はなこ" },
  { lang: "en", screen: "desktop", bank: "mizuho", branch: "shibuya", holder: "サトウ ハナコ" },
] as const;

for (const visit_ of visits) {
  const lang: Lang = visit_.lang;
  const w = words[lang];

  test(`konbini money goes back to the account that is named once (${lang}, ${visit_.screen})`, async ({ house, visit, request }) => {
    const email = mailbox("konbini");
    const [order, payment] = await house.paidAtStore(await house.event(), { email, lang });
    await house.refund(order, 3000);
    const mail = await mailTo(request, email, w.accountSubject("¥3,000"));
    const link = linkIn(mail, "/e/refunds/");

    const page = await visit({ lang, screen: visit_.screen, withoutJavaScript: true });
    await page.goto(order.statusPath);
    await expect(page.getByRole("list", { name: w.refundStory })).toBeVisible();
    const onPage = await page.getByRole("link", { name: w.enterAccount }).getAttribute("href");
    expect(link, "the mail and the page lead to one form").toContain(onPage ?? "nowhere");
    await page.goto(link);
    await page.getByLabel(label(w.bankQuery)).fill(visit_.bank);
    await page.getByRole("button", { name: w.find }).click();
    await page.getByRole("link", { name: /^みずほ\s*0001$/ }).click();
    await page.getByLabel(label(w.branchQuery)).fill(visit_.branch);
    await page.getByRole("button", { name: w.find }).click();
    await page.getByRole("link", { name: /渋谷/ }).first().click();
    // A name in kanji is refused beside its field, and nothing typed is lost.
    await page.getByLabel(label(w.accountNumber)).fill("123456");
    await page.getByLabel(label(w.holder)).fill("佐藤 花子");
    await page.getByRole("button", { name: w.giveAccount }).click();
    await expect(page.getByLabel(label(w.holder))).toHaveValue("佐藤 花子");
    await expect(page.getByLabel(label(w.accountNumber))).toHaveValue("123456");
    await page.getByLabel(label(w.holder)).fill(visit_.holder);
    await page.getByRole("button", { name: w.giveAccount }).click();
    await expect(page.getByText(w.accountGiven)).toBeVisible();
    await page.goto(link);
    await expect(page.getByText(w.accountGiven), "a used link only tells").toBeVisible();

    await house.waitForRefund(order, "processing");
    await house.atProvider(order, payment, "complete_refund_request");
    await house.waitForRefund(order, "succeeded");
    await page.goto(order.statusPath);
    await expect(page.locator(".followed").getByText(w.refundDone)).toBeVisible();
    await mailTo(request, email, w.refundedSubject("¥3,000"));

    // The transfer comes back: the organizer sees it, and the participant is asked again.
    await house.atProvider(order, payment, "return_refund_request");
    await house.waitForRefund(order, "needs_account");
    const organizer = await visit({ lang, screen: visit_.screen, isOrganizer: true });
    await organizer.goto(`/o/orders/${order.id}`);
    await organizer.getByRole("button", { name: w.askAgain }).click();
    await organizer.getByText(w.handBack).click();
    await organizer.getByLabel(label(w.handNote)).fill("cash");
    await organizer.getByRole("button", { name: w.handBackConfirm }).click();
    await expect(organizer.getByText(w.handedBack)).toBeVisible();
    await page.goto(order.statusPath);
    await expect(page.getByRole("link", { name: w.enterAccount })).toHaveCount(0);
  });
}
