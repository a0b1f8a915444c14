// Webhooks: an organizer registers a receiver, sees what it was sent, and sends it again.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { label } from "../fixtures/actions";
import { expect, test } from "../fixtures/app";

/** A receiver in this process; the server under test must be allowed to reach it. */
async function receiver() {
  const got: { id: string; type: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      got.push({ id: `${request.headers["webhook-id"]}`, type: JSON.parse(body).type });
      response.writeHead(202).end("受け取りました");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks`, got, close: () => server.close() };
}

for (const screen of ["phone", "desktop"] as const) {
  test(`a receiver is registered, gets a paid order, and gets it again, on a ${screen}`, async ({ house, visit }) => {
    const there = await receiver();
    const page = await visit({ isOrganizer: true, screen });
    await page.goto("/o/settings");
    await page.getByRole("link", { name: "Webhookを管理する" }).click();
    await page.getByLabel(label("送り先のURL")).fill(there.url);
    await page.getByRole("checkbox", { name: /order\.paid/ }).check();
    await page.getByRole("button", { name: "登録する" }).click();
    await expect(page.getByText("署名キーです。いま控えてください")).toBeVisible();
    await expect(page.locator("code.secret")).toHaveText(/^whsec_/);
    const address = page.url().split("?")[0] ?? "";

    await page.getByRole("button", { name: "テストを送る" }).click();
    await expect(page.getByText("テストを送りました")).toBeVisible();
    const order = await house.paidOrder(await house.event(), { name: "木村 葵" });
    await expect.poll(() => there.got.map((it) => it.type).sort()).toEqual(["order.paid", "webhook_endpoint.tested"]);
    await page.goto(address);
    const delivery = page.locator(".delivery").filter({ hasText: "order.paid" });
    await expect(delivery).toContainText(order.code);
    await expect(delivery).toContainText("届きました");
    await expect(delivery).toContainText("HTTP 202");

    await delivery.getByRole("button", { name: /もう一度送る/ }).click();
    await expect.poll(() => there.got.filter((it) => it.type === "order.paid").length).toBe(2);
    const [first, again] = there.got.filter((it) => it.type === "order.paid");
    expect(again?.id).toBe(first?.id);

    await page.getByText("署名キー・停止・削除").click();
    await page.getByRole("button", { name: "削除する" }).click();
    await expect(page.getByText("送り先を削除しました")).toBeVisible();
    there.close();
  });
}

test("what is no receiver is told beside its field, and nothing ticked is lost", async ({ visit }) => {
  const page = await visit({ isOrganizer: true });
  await page.goto("/o/settings/webhooks");
  await page.getByLabel(label("送り先のURL")).fill("example.com");
  await page.getByRole("checkbox", { name: /refund\.succeeded/ }).check();
  await page.getByRole("button", { name: "登録する" }).click();
  await expect(page.getByLabel(label("送り先のURL"))).toHaveAccessibleDescription(/https:\/\/example.com\/webhooks/);
  await expect(page.getByRole("checkbox", { name: /refund\.succeeded/ })).toBeChecked();
});
