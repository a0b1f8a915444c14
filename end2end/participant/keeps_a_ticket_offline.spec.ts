// Without a network: a ticket that was opened once is there, and every other page says kindly why it is not.
import type { Page } from "@playwright/test";
import { expect, test, words } from "../fixtures/app";
import { openLine } from "../fixtures/network";

const w = words.ja;

/** Waits until the service worker answers for the page. */
async function isServed(page: Page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  });
}

test("a ticket that was opened once is shown without a network", async ({ house, page }) => {
  const line = await openLine();
  const event = await house.event();
  const order = await house.paidOrder(event);
  await page.goto(`${line.url}/e/${event.slug}`);
  await isServed(page);
  await page.goto(`${line.url}${order.statusPath}`);
  await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toBeVisible();
  const code = await page.locator(".ticket-code").innerText();

  line.cut();
  await page.reload();
  await expect(page.getByText(w.offline)).toBeVisible();
  await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toBeVisible();
  await expect(page.locator(".ticket-code")).toHaveText(code);
  // Its style is there too: the code stands dark on white, as large as a scanner wants it.
  const qr = await page.getByRole("img", { name: new RegExp(w.qr) }).boundingBox();
  expect(qr?.width).toBeGreaterThan(150);

  await page.goto(`${line.url}/e/${event.slug}`);
  await expect(page.getByRole("heading", { name: "オフラインです" })).toBeVisible();
  line.mend();
  await page.goto(`${line.url}${order.statusPath}`);
  await expect(page.getByText(w.offline)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: w.paid })).toBeVisible();
  line.close();
});

test("a ticket opened straight from the mail is kept as well", async ({ house, page }) => {
  const line = await openLine();
  const order = await house.paidOrder(await house.event());
  await page.goto(`${line.url}${order.statusPath}`);
  await isServed(page);
  const isKept = () =>
    page.evaluate(async () => (await caches.match(location.pathname, { cacheName: "orders" })) !== undefined);
  await expect.poll(isKept, { message: "the page is kept" }).toBe(true);
  line.cut();
  await page.reload();
  await expect(page.getByText(w.offline)).toBeVisible();
  await expect(page.getByRole("img", { name: new RegExp(w.qr) })).toBeVisible();
  line.close();
});

test("the site can be installed", async ({ page, request }) => {
  await page.goto("/");
  await isServed(page);
  const href = await page.locator('link[rel="manifest"]').getAttribute("href");
  const answer = await request.get(href ?? "");
  expect(answer.headers()["content-type"]).toContain("manifest+json");
  type Icon = { src: string; sizes: string; type: string; purpose?: string };
  const manifest = (await answer.json()) as Record<string, string> & { icons: Icon[] };
  expect(manifest).toMatchObject({ name: "EventPay", short_name: "EventPay", start_url: "/", scope: "/", display: "standalone" });
  for (const size of ["192x192", "512x512"]) {
    expect(manifest.icons.some((it) => it.sizes === size && it.type === "image/png" && !it.purpose)).toBe(true);
  }
  expect(manifest.icons.some((it) => it.purpose === "maskable")).toBe(true);
  for (const icon of manifest.icons) {
    const file = await request.get(icon.src);
    expect(file.headers()["content-type"], icon.src).toContain(icon.type);
    if (icon.type !== "image/png") continue;
    const head = (await file.body()).subarray(16, 24);
    expect(`${head.readUInt32BE(0)}x${head.readUInt32BE(4)}`, icon.src).toBe(icon.sizes);
  }
});
