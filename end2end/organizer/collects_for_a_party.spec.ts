// The whole story, on a phone and on a desktop, in Japanese and in English.
//
// Goal: the main job works for real, with every page that the story touches. Method: an organizer's browser and those of
// three participants stand side by side; the dashboard is never reloaded.
import type { Page } from "@playwright/test";
import {
  addTicketType,
  choose,
  createDraft,
  introduceOneself,
  isAwake,
  label,
  logIn,
  order,
} from "../fixtures/actions";
import { expect, test, words, type Lang, type Screen } from "../fixtures/app";
import { mailbox } from "../fixtures/house";
import { linkIn, mailTo } from "../fixtures/mail";
import * as provider from "../fixtures/provider_page";

const stories: { lang: Lang; screen: Screen; title: string; ticket: string }[] = [
  { lang: "ja", screen: "phone", title: "営業二課 忘年会 2026", ticket: "一般" },
  { lang: "ja", screen: "desktop", title: "丸の内ランニングクラブ 納会", ticket: "一般" },
  { lang: "en", screen: "desktop", title: "Sales team party", ticket: "General" },
];

for (const { lang, screen, title, ticket } of stories) {
  test(`an organizer collects for a party, in ${lang} on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(120_000);
    const w = words[lang];
    const organizerMail = mailbox("organizer");
    const organizer = await visit({ lang, screen });
    await organizer.context().grantPermissions(["clipboard-read", "clipboard-write"]);

    await test.step("the organizer logs in by mail and says who they are", async () => {
      await logIn(organizer, request, w, organizerMail);
      await introduceOneself(organizer, w, "幹事 佐藤");
    });

    let eventId = "";
    await test.step("makes an event with two kinds of tickets", async () => {
      eventId = await createDraft(organizer, w, { title, place: "炭火と和酒 いろり", days: 30 });
      await addTicketType(organizer, w, ticket, 5500, 30);
      await addTicketType(organizer, w, "学生", 3500, 10);
      await choose(organizer, w.details);
      await organizer.getByLabel(label(w.description)).fill("**飲み放題**つきです。\n\n- 席は自由です");
      await organizer.getByRole("button", { name: w.save, exact: true }).click();
      await expect(organizer.getByText(w.saved, { exact: true })).toBeVisible();
    });

    await test.step("looks at it, and publishes it", async () => {
      await organizer.getByRole("link", { name: w.previewLink }).click();
      await expect(organizer.getByText(w.preview)).toBeVisible();
      await expect(organizer.getByRole("heading", { name: title })).toBeVisible();
      await expect(organizer.locator("strong", { hasText: "飲み放題" })).toBeVisible();
      await organizer.goto(`/o/events/${eventId}`);
      await organizer.getByRole("button", { name: w.publish, exact: true }).click();
      await expect(organizer.getByText(w.published)).toBeVisible();
    });

    let slug = "";
    await test.step("copies the link to share", async () => {
      await organizer.getByRole("link", { name: w.share, exact: true }).first().click();
      const copy = organizer.getByRole("button", { name: w.copy, exact: true }).first();
      await copy.click();
      await expect(organizer.getByRole("button", { name: w.copied }).first()).toBeVisible();
      const link = await organizer.evaluate(() => navigator.clipboard.readText());
      slug = new URL(link).pathname.replace("/e/", "");
      await expect(organizer.getByRole("link", { name: link })).toHaveAttribute("href", `/e/${slug}`);
      await choose(organizer, w.overview);
      await isAwake(organizer);
      await expect(organizer.locator(".live-sign")).toHaveAttribute("data-state", "live");
      // Were the page loaded again, this mark would be gone.
      await organizer.evaluate(() => document.body.setAttribute("data-not-reloaded", ""));
    });
    const collected = organizer.locator(".collected-now");
    await expect(collected).toHaveText("¥0");

    const payerMail = mailbox("payer");
    let payersPage = "";
    await test.step("a participant's first card is declined, the second pays", async () => {
      const payer = await visit({ lang, screen });
      await payer.goto(`/e/${slug}`);
      await isAwake(payer);
      for (let n = 0; n < 2; n += 1) await payer.getByRole("button", { name: `${ticket} ${w.more}` }).click();
      await expect(payer.locator(".order-bar").getByText("¥11,000")).toBeVisible();
      await payer.getByRole("textbox", { name: w.name, exact: true }).fill("鈴木 一郎");
      await payer.getByRole("textbox", { name: w.email, exact: true }).fill(payerMail);
      await payer.getByRole("button", { name: w.goToPay }).click();
      await provider.payByCard(payer, w, provider.poorCard);
      await expect(payer.getByText(w.insufficient)).toBeVisible();
      await provider.payByCard(payer, w);
      await expect(payer.getByRole("heading", { name: w.paid })).toBeVisible();
      await expect(payer.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(2);
      await expect(payer.getByText(w.showAtDoor).first()).toBeVisible();
      payersPage = new URL(payer.url()).pathname;
    });

    await test.step("the dashboard shows it without being reloaded", async () => {
      await expect(collected).toHaveText("¥11,000", { timeout: 5_000 });
      await expect(organizer.locator('[data-live="activity"]')).toContainText("鈴木 一郎");
    });

    await test.step("another takes a number for the store, and pays there", async () => {
      const storeMail = mailbox("store");
      const later = await visit({ lang, screen });
      await order(later, w, slug, { ticket, quantity: 1, name: "伊藤 さくら", email: storeMail });
      await provider.takeKonbiniNumber(later, w);
      await expect(later.getByRole("heading", { name: w.awaitingKonbini })).toBeVisible();
      await expect(fact(later, w.paymentNumber)).toHaveText(/^[\d ]{6,}$/);
      await expect(fact(later, w.payBy)).toHaveText(/\d{1,2}:\d{2}/);
      const number = (await fact(later, w.paymentNumber).innerText()).trim();
      expect((await mailTo(request, storeMail, w.instructionsSubject)).text).toContain(number);
      const unpaid = organizer.locator('[data-live="unpaid"]');
      await expect(unpaid).toContainText("伊藤 さくら", { timeout: 5_000 });
      await payAtTheStore(later, w);
      await expect(later.getByRole("heading", { name: w.paid })).toBeVisible({ timeout: 15_000 });
      await expect(later.getByRole("img", { name: new RegExp(w.qr) })).toBeVisible();
      await expect(collected).toHaveText("¥16,500", { timeout: 5_000 });
      await expect(unpaid).not.toContainText("伊藤 さくら");
    });

    await test.step("a third turns back, and resumes", async () => {
      const hesitant = await visit({ lang, screen });
      await order(hesitant, w, slug, { ticket: "学生", quantity: 1, name: "田中 健", email: mailbox("third") });
      await provider.goBackWithoutPaying(hesitant, w);
      await expect(hesitant.getByRole("heading", { name: w.unpaid })).toBeVisible();
      await expect(hesitant.getByRole("timer")).toBeVisible();
      await hesitant.getByRole("button", { name: w.resume }).click();
      await provider.payByCard(hesitant, w);
      await expect(hesitant.getByRole("heading", { name: w.paid })).toBeVisible();
      await expect(collected).toHaveText("¥20,000", { timeout: 5_000 });
      await expect(organizer.locator("body")).toHaveAttribute("data-not-reloaded", "");
    });

    await test.step("the organizer gives a part back", async () => {
      await choose(organizer, w.orders);
      await organizer.getByRole("link", { name: "鈴木 一郎" }).click();
      await organizer.getByRole("link", { name: w.refund, exact: true }).click();
      await organizer.getByLabel(label(w.refundAmount)).fill("2,000");
      await organizer.getByRole("radio", { name: w.keepOrder }).check();
      await organizer.getByLabel(label(w.refundReason)).fill("1名欠席のため");
      await organizer.getByRole("button", { name: w.review }).click();
      await expect(fact(organizer, w.getsBack)).toHaveText("¥2,000");
      await organizer.getByRole("button", { name: /^返金する$|^Refund now$/ }).click();
      await expect(organizer.getByText(w.refundUnderWay)).toBeVisible();
      await expect(async () => {
        await organizer.reload();
        await expect(organizer.locator(".followed .status-badge", { hasText: w.refundDone })).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 15_000 });
    });

    await test.step("and the participant hears of everything by mail", async () => {
      const tickets = await mailTo(request, payerMail, w.ticketsSubject(2));
      expect(tickets.subject).toContain(title);
      expect(new URL(linkIn(tickets, "/e/orders/")).pathname).toBe(payersPage);
      const refunded = await mailTo(request, payerMail, w.refundedSubject("¥2,000"));
      const payer = await visit({ lang, screen });
      await payer.goto(linkIn(refunded, "/e/orders/"));
      await expect(payer.getByRole("heading", { name: w.partlyRefunded })).toBeVisible();
      await expect(payer.getByRole("img", { name: new RegExp(w.qr) })).toHaveCount(2);
    });
  });
}

/** What stands beside a word in a list of facts. */
function fact(page: Page, word: string) {
  const row = page.locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${word}$`) }) });
  return row.locator("dd").first();
}

/** The provider's own instructions open in a second tab, where the sandbox lets one pay. */
async function payAtTheStore(page: Page, w: (typeof words)["ja"]) {
  const address = await page.getByRole("link", { name: w.instructions }).getAttribute("href");
  const store = await page.context().newPage();
  await store.goto(address ?? "");
  await store.getByRole("button", { name: w.payAtTill }).click();
}
