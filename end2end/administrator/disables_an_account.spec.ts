// The staff disables somebody's account: its browsers are signed out and nobody logs in, until it is opened again.
import { introduceOneself, logIn, logInAgain, staffsApp } from "../fixtures/actions";
import { expect, test, words } from "../fixtures/app";
import { isAccessible } from "../fixtures/checks";
import { mailbox, unique } from "../fixtures/house";
import { mailTo } from "../fixtures/mail";

const w = words.ja;

for (const screen of ["phone", "desktop"] as const) {
  test(`a disabled account is out until it is opened again, on a ${screen}`, async ({ visit, request }) => {
    test.setTimeout(90_000);
    const owner = await visit({ screen });
    const address = mailbox("disabled");
    await logIn(owner, request, w, address);
    await introduceOneself(owner, w, unique("止まる会"));

    const staff = await visit({ screen, isStaff: true });
    const card = staff.locator("li.card").filter({ hasText: address });
    const decide = async (button: string, reason: string, done: () => Promise<void>) => {
      await card.getByText(button).first().click();
      await card.getByLabel("理由").fill(reason);
      await isAccessible(staff);
      await staffsApp.press(card.getByRole("button", { name: button, exact: true }), staff.getByText("アカウントの状態を変えました"));
      await done();
    };
    await staff.goto("/admin/users");
    await staff.getByLabel("メールアドレスかID").fill(address);
    await staff.getByRole("button", { name: "探す" }).click();
    await expect(card).toHaveCount(1);
    await decide("アカウントを停止する", "盗まれたとの連絡", async () => {
      await expect(card.getByText("停止中")).toBeVisible();
    });

    await mailTo(request, address, "アカウントを停止しました");
    await owner.goto("/o");
    await expect(owner).toHaveURL(/\/o\/login/);
    await logInAgain(owner, request, w, address);
    await expect(owner.getByText("このアカウントは停止されているため")).toBeVisible();
    await isAccessible(owner);

    await decide("停止を解く", "本人と確認しました", async () => {
      await expect(card.getByText("停止中")).toHaveCount(0);
    });
    await logInAgain(owner, request, w, address);
    await expect(owner.getByRole("heading", { name: w.firstEvent })).toBeVisible();
  });
}
