// Draws docs/screenshots/overview.png for the README, from the demo's party: EVENTPAY_OVERVIEW=1 cargo xtask test e2e
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAwake, logIn } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { linkIn, mailTo } from "../fixtures/mail";

const folder = join(import.meta.dirname, "../../docs/screenshots");
const bytesMax = 300_000;

test("three screens side by side for the README", async ({ browser, visit, request }) => {
  test.skip(!process.env.EVENTPAY_OVERVIEW, "only when asked for");
  const phone = await visit();
  await phone.goto("/e/bonenkai");
  await isAwake(phone);
  await phone.getByRole("button", { name: `一般 ${words.ja.more}` }).click();
  await phone.evaluate(() => scrollTo(0, 0));
  const event = await phone.screenshot({ scale: "css" });

  const mail = await mailTo(request, "hanako.sato@example.com", words.ja.ticketsSubject(1));
  await phone.goto(linkIn(mail, "/e/orders/"));
  const ticket = await phone.screenshot({ scale: "css" });

  const organizer = await visit({ screen: "desktop" });
  await logIn(organizer, request, words.ja, "kanji@example.com");
  await organizer.getByRole("link", { name: "開発部 忘年会 2026" }).click();
  await isAwake(organizer);
  await expect(organizer.locator(".live-sign")).toHaveAttribute("data-state", "live");
  const dashboard = await organizer.screenshot({ scale: "css" });

  const image = (png: Buffer, width: number, height: number) =>
    `<img src="data:image/png;base64,${png.toString("base64")}" style="width:${width}px;height:${height}px">`;
  const context = await browser.newContext({ viewport: { width: 1480, height: 640 } });
  const sheet = await context.newPage();
  await sheet.setContent(
    `<style>body { margin: 0; height: 640px; display: flex; gap: 28px; align-items: center; justify-content: center; background: #dfe5f0 }
     img { border-radius: 14px; box-shadow: 0 6px 24px #1d243333 }</style>
     ${image(event, 268, 580)}${image(ticket, 268, 580)}${image(dashboard, 832, 520)}`,
  );
  const overview = await sheet.screenshot({ type: "png" });
  expect(overview.length).toBeLessThan(bytesMax);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "overview.png"), overview);
  await context.close();
});
