// The server says that it is well.
import { expect, test } from "./fixtures/app";

test("the server says that it is well", async ({ request }) => {
  const response = await request.get("/healthz");
  expect(response.status()).toBe(200);
});
