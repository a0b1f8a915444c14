//! What the organizer reads: the list of events, the dashboard, forms, orders, refunds, sharing, settings.

use domain::order::OrderStatus;
use time::OffsetDateTime;

use crate::lang::Lang;

crate::messages! {
    // The list of events
    events_title: "イベント" | "Events";
    events_empty_title: "最初のイベントを作りましょう" | "Create your first event";
    events_empty_text: "名前と日時を決めれば下書きができます。公開するまで、ほかの人には見えません。" | "A name and a date make a draft. Nobody else sees it until you publish.";
    events_create: "イベントを作る" | "Create an event";
    events_older: "前のイベント" | "Older events";
    untitled: "（名前のないイベント）" | "(untitled event)";
    no_date: "日時は未定" | "No date yet";
    no_orders_yet: "申込みはまだありません" | "No orders yet";

    // The dashboard
    collected: "集まったお金" | "Collected";
    of_expected: "予定" | "expected";
    part_paid: "支払い済み" | "Paid";
    part_waiting: "入金待ち" | "Awaiting payment";
    part_unpaid: "未払い" | "Not paid yet";
    refunded: "返金" | "Refunded";
    live_lost: "再接続しています…" | "Reconnecting…";
    live_polling: "数秒ごとに更新中" | "Updating every few seconds";
    chart_title: "集まったお金の推移" | "Money collected over time";
    chart_empty: "最初の入金があると、ここに推移が表示されます。" | "The curve begins with the first payment.";
    chart_table: "日ごとの数字を見る" | "See the figures by day";
    chart_day: "日付" | "Day";
    chart_in: "入金" | "In";
    chart_back: "返金" | "Back";
    chart_total: "累計" | "Total";
    by_method: "支払い方法ごと" | "By method";
    by_status: "状態ごと" | "By state";
    method_unknown: "そのほか" | "Other";
    nothing_came: "まだ入金はありません" | "No money yet";
    todo_title: "やること" | "To do";
    todo_none_title: "いまやることはありません" | "Nothing to do right now";
    todo_none_text: "入金や期限の動きがあれば、ここでお知らせします。" | "When money or a deadline moves, you will see it here.";
    todo_see: "見る" | "See";
    todo_check: "確認" | "Check";
    todo_publish: "公開する" | "Publish";
    todo_publish_title: "公開の準備ができました" | "Ready to publish";
    todo_publish_text: "公開すると、リンクを知っている人が申し込めるようになります。" | "Once published, people with the link can order.";
    todo_complete_title: "公開までにあと少し" | "A little is missing before publishing";
    todo_share: "共有する" | "Share";
    todo_share_title: "リンクを送りましょう" | "Send out the link";
    todo_share_text: "まだ申込みがありません。LINE やメールにそのまま貼れる文面があります。" | "Nobody has ordered yet. A ready text for LINE and mail is waiting.";
    todo_close_title: "受付を終了しましょう" | "Time to close sales";
    todo_close_text: "イベントは終わりましたが、まだ申し込める状態です。" | "The event is over, but people can still order.";
    todo_unpaid_text: "期限が来ると席は自動で空きます。" | "Places are freed by themselves when the time is up.";
    todo_account_text: "口座の入力をメールでお願いしています。現金などで返したときは記録してください。" | "A mail asks for the bank account. If you pay it back in cash, note it.";
    todo_retry_text: "決済会社が返金を受け付けませんでした。お金は戻っていません。" | "The payment company refused the refund. The money has not moved.";
    unpaid_title: "まだ支払っていない人" | "Not paid yet";
    unpaid_none: "未払いの人はいません" | "Everybody has paid";
    see_all: "すべて見る" | "See all";
    activity_title: "最近の動き" | "Latest";
    activity_none: "まだ動きはありません" | "Nothing has happened yet";
    share_link: "リンクを共有" | "Share the link";
    preview: "プレビュー" | "Preview";
    view_page: "公開ページを見る" | "See the public page";
    close_sales: "受付を終了" | "Close sales";
    reopen_sales: "受付を再開" | "Reopen sales";
    draft_banner: "下書きです。公開するまで、あなた以外には見えません。" | "This is a draft. Only you can see it until you publish.";
    closed_banner: "受付を終了しています。すでに申し込んだ人は支払えます。" | "Sales are closed. Those who ordered already can still pay.";
    published_now: "公開しました。リンクを共有しましょう。" | "Published. Now share the link.";
    closed_now: "受付を終了しました。" | "Sales are closed.";

    // Event forms
    new_event_title: "新しいイベント" | "New event";
    new_event_lead: "あとからすべて変えられます。公開するまで、ほかの人には見えません。" | "Everything can be changed later. Nobody else sees it until you publish.";
    edit_event_title: "イベントの内容" | "Event details";
    field_title: "イベント名" | "Event name";
    field_title_hint: "例: 営業二課 忘年会 2026" | "Example: Sales team year-end party 2026";
    field_starts_at: "開始日時" | "Starts";
    field_ends_at: "終了日時" | "Ends";
    field_time_zone: "タイムゾーン" | "Time zone";
    field_place_name: "場所の名前" | "Place";
    field_place_hint: "例: 炭火と和酒 いろり 丸の内店" | "Example: Irori Marunouchi";
    field_place_address: "住所・行き方" | "Address and how to get there";
    field_description: "説明" | "Description";
    field_description_hint: "見出し（#）、太字（**）、箇条書き（-）、リンクが使えます。20,000文字まで。" | "Headings (#), bold (**), lists (-) and links work. Up to 20,000 characters.";
    field_capacity: "全体の定員" | "Places in all";
    field_capacity_hint: "空欄なら、区分ごとの定員だけで数えます。" | "Leave empty to count by ticket only.";
    unit_people: "人" | "people";
    unit_yen: "円" | "yen";
    unit_tickets: "枚" | "tickets";
    field_visibility: "公開の範囲" | "Who can find it";
    visibility_unlisted: "リンクを知っている人だけ" | "Only people with the link";
    visibility_unlisted_hint: "検索には出ません" | "Hidden from search engines";
    visibility_public: "だれでも" | "Anyone";
    visibility_public_hint: "検索エンジンにも表示されます" | "Search engines may list it";
    field_methods: "支払い方法" | "Payment methods";
    field_methods_hint: "参加者はこの中から選びます。" | "Participants choose from these.";
    field_slug: "リンク" | "Link";
    field_slug_hint: "半角の英小文字・数字・ハイフン。変えると、前のリンクは使えなくなります。" | "Lower-case letters, digits and hyphens. The old link stops working when you change it.";
    save: "保存する" | "Save";
    create_and_continue: "下書きを作って料金へ" | "Create the draft and set prices";
    saved: "保存しました" | "Saved";
    unsaved_title: "未保存の変更があります" | "There are unsaved changes";
    discard: "変更を破棄" | "Discard changes";
    autosave_idle: "入力内容は自動で控えます" | "What you type is kept automatically";
    autosave_kept: "入力内容を控えました" | "What you typed is kept";
    autosave_saving: "控えています…" | "Keeping…";
    autosave_failed: "控えられませんでした。通信を確認してください" | "Could not keep it. Please check your connection";
    changed_meanwhile: "ほかの人が先に保存しました。下の入力内容は消えていません。最新の内容を確かめてから、もう一度保存してください。" | "Somebody else saved first. What you typed is still below. Please compare and save again.";
    cover_title: "カバー写真" | "Cover picture";
    cover_hint: "JPEG・PNG・WebP、8 MB まで。横長の写真がきれいに見えます。撮影場所などの情報は取り除きます。" | "JPEG, PNG or WebP, up to 8 MB. Wide pictures look best. Location data is removed.";
    cover_choose: "写真を選ぶ" | "Choose a picture";
    cover_upload: "アップロード" | "Upload";
    cover_remove: "写真を外す" | "Remove the picture";
    cover_alt: "いまのカバー写真" | "The current cover picture";
    cover_saved: "写真を変えました" | "The picture has been changed";
    cover_too_large: "写真が大きすぎます。8 MB までの写真をお選びください" | "The picture is too large. Please choose one up to 8 MB";
    cover_unreadable: "写真を読み込めませんでした。JPEG・PNG・WebP の写真をお選びください" | "The picture could not be read. Please choose a JPEG, PNG or WebP";
    more_title: "そのほか" | "More";
    duplicate: "複製する" | "Duplicate";
    duplicate_hint: "内容と区分をコピーして、新しい下書きを作ります。日時と申込みはコピーしません。" | "Copies details and tickets into a new draft, without dates and orders.";
    duplicated_now: "複製しました。日時を決めてください。" | "Duplicated. Please set the date.";
    delete_draft: "下書きを削除" | "Delete the draft";
    delete_draft_hint: "申込みのない下書きだけ削除できます。元に戻せません。" | "Only drafts without orders can be deleted. This cannot be undone.";
    not_deletable: "申込みがあるか公開済みのため、削除できません" | "It has orders or is published, so it cannot be deleted";

    // Ticket types
    tickets_title: "区分と料金" | "Tickets and prices";
    tickets_lead: "参加者が選ぶ区分です。上から順に表示されます。" | "What participants choose from, in this order.";
    tickets_empty_title: "区分がまだありません" | "No tickets yet";
    tickets_empty_text: "「一般 5,500円」のような区分を一つ作ると公開できます。" | "One ticket such as “General ¥5,500” is enough to publish.";
    ticket_add: "区分を追加" | "Add a ticket";
    ticket_edit: "編集" | "Edit";
    ticket_name: "区分の名前" | "Name";
    ticket_name_hint: "例: 一般、学生、新人・時短" | "Example: General, Student";
    ticket_description: "ひとこと説明" | "Short description";
    ticket_price: "料金（税込）" | "Price (tax included)";
    ticket_price_hint: "0 なら無料です。" | "0 means free.";
    ticket_tax: "消費税率" | "Consumption tax";
    tax_standard: "10%（標準）" | "10% (standard)";
    tax_reduced: "8%（軽減）" | "8% (reduced)";
    tax_none: "対象外" | "Not taxed";
    ticket_quota: "定員" | "Places";
    ticket_quota_hint: "空欄なら制限しません。" | "Leave empty for no limit.";
    ticket_sales_start: "受付開始" | "Sales start";
    ticket_sales_end: "受付終了" | "Sales end";
    ticket_sales_hint: "空欄なら、公開している間ずっと受け付けます。" | "Leave empty to sell while the event is published.";
    ticket_min: "一度の最小枚数" | "Fewest per order";
    ticket_max: "一度の最大枚数" | "Most per order";
    ticket_more: "受付期間・枚数・税率" | "Sales window, limits, tax";
    ticket_up: "上へ" | "Move up";
    ticket_down: "下へ" | "Move down";
    ticket_archive: "販売をやめる" | "Stop selling";
    ticket_archive_hint: "新しい申込みはできなくなります。申込み済みの人はそのままです。" | "No new orders; those who ordered keep it.";
    ticket_added: "区分を追加しました" | "The ticket has been added";
    ticket_archived: "販売をやめました" | "It is no longer sold";
    to_dashboard: "概要へ" | "To the overview";

    // Orders
    orders_title: "参加者とお金" | "People and money";
    orders_search: "名前・メール・申込番号で探す" | "Search by name, mail or code";
    orders_search_button: "探す" | "Search";
    orders_all: "すべて" | "All";
    orders_ended: "終了" | "Ended";
    comma: "、" | ", ";
    orders_csv: "CSV をダウンロード" | "Download CSV";
    orders_none_title: "申込みはまだありません" | "No orders yet";
    orders_none_text: "リンクを送ると、申込みがここに並びます。" | "Once the link is out, orders line up here.";
    orders_nobody_title: "見つかりませんでした" | "Nobody found";
    orders_nobody_text: "名前やメールの最初の数文字で探せます。絞り込みも確かめてください。" | "Search by the first letters of a name or an address, and check the filter.";
    orders_clear: "条件を外す" | "Clear the search";
    orders_newer: "新しい申込み" | "Newer";
    orders_older: "前の申込み" | "Older";
    column_name: "名前" | "Name";
    column_ticket: "区分" | "Tickets";
    column_method: "方法" | "Method";
    column_amount: "金額" | "Amount";
    column_status: "状態" | "State";
    column_at: "日時" | "When";
    column_code: "申込番号" | "Code";
    column_tax: "税率" | "Tax";
    column_quantity: "枚数" | "Qty";
    column_holder: "参加者" | "Attendee";

    // One order
    order_buyer: "申込者" | "Buyer";
    order_email: "メール" | "Email";
    order_placed: "申込み" | "Ordered";
    order_paid: "支払い" | "Paid";
    order_deadline: "支払い期限" | "Pay by";
    order_event: "イベント" | "Event";
    order_link: "参加者のページ" | "The buyer’s page";
    order_lines: "申込みの内容" | "What was ordered";
    order_tickets: "チケット" | "Tickets";
    order_payments: "お支払い" | "Payments";
    order_payments_none: "お支払いはありません（無料の申込みです）" | "No payments (a free order)";
    order_refunds: "返金" | "Refunds";
    order_flow: "いまどこまで進んでいるか" | "How far it is";
    order_history: "これまでの経過" | "Everything that happened";
    order_ledger: "帳簿" | "Ledger";
    order_webhooks: "決済会社からの通知" | "Messages from the payment company";
    order_total: "合計（税込）" | "Total (tax included)";
    order_tax_inside: "うち消費税" | "Tax included";
    order_refund: "返金する" | "Refund";
    order_cancel: "申込みをキャンセル" | "Cancel the order";
    order_replay: "もう一度処理" | "Process again";
    order_replayed: "もう一度処理するよう登録しました" | "Queued to be processed again";
    order_cancelled_now: "申込みをキャンセルしました。お知らせのメールを送ります。" | "The order is cancelled. A mail is on its way.";
    payment_reference: "参照番号" | "Reference";
    payment_provider_id: "決済会社の番号" | "Provider’s id";
    payment_fee: "支払い手数料（参加者負担）" | "Method fee (paid by the buyer)";
    payment_captured: "入金" | "Received";
    payment_failure: "支払えなかった理由" | "Why it failed";
    order_webhook: "決済会社の通知" | "The payment company said";
    payment_refundable: "返金できる額" | "Refundable";
    ticket_valid: "有効" | "Valid";
    ticket_held: "お取り置き" | "Held";
    ticket_void: "無効" | "Void";
    account_provider_clearing: "決済会社に預けたお金" | "Held by the provider";
    account_organizer_payable: "主催者の取り分" | "Owed to the organizer";
    account_buyer_credit: "お預かり金" | "Buyer’s credit";
    account_refunds_payable: "返金予定" | "Refunds payable";
    account_provider_fees: "支払い手数料" | "Method fees";
    account_disputes: "チャージバック" | "Disputes";
    debit: "借方" | "Debit";
    credit: "貸方" | "Credit";
    mail_word: "メール" | "Mail";
    mail_sent: "送信済み" | "sent";
    mail_queued: "送信待ち" | "queued";
    mail_failed: "送れませんでした" | "could not be sent";
    webhook_processed: "処理済み" | "processed";
    webhook_received: "受信" | "received";
    webhook_ignored: "対象外" | "ignored";
    posting_word: "記帳" | "Booked";
    actor_user: "メンバー" | "Member";
    actor_api_key: "API" | "API";
    actor_buyer: "申込者" | "Buyer";
    actor_provider: "決済会社" | "Payment company";
    actor_system: "EventPay" | "EventPay";

    // Refunds and cancelling
    refund_title: "返金" | "Refund";
    refund_amount: "返金する額" | "Amount";
    refund_reason: "理由" | "Reason";
    refund_reason_hint: "参加者に送るメールに載ります。" | "The participant reads it in the mail.";
    refund_continue: "内容を確認する" | "Review";
    refund_confirm_title: "この内容で返金します" | "Please confirm the refund";
    refund_confirm: "返金する" | "Refund now";
    refund_back: "直す" | "Change";
    refund_gets: "参加者に戻る額" | "The participant gets back";
    refund_way: "戻り方" | "How";
    refund_keeps: "手元に残る額" | "You keep";
    refund_after_cancel_text: "チケットは無効になり、席が空きます。" | "Tickets become void and places are freed.";
    refund_after_keep_text: "お金だけを返し、チケットはそのまま使えます。" | "Only money goes back; the tickets stay valid.";
    refund_requested_now: "返金を受け付けました。終わると状態が「返金済み」に変わります。" | "The refund is under way. Its state turns to “Refunded” when done.";
    refund_nothing: "返金できるお支払いがありません" | "There is no payment to refund";
    refund_again: "ほかの処理と重なりました。最新の状態を確かめて、もう一度お試しください" | "Something else was happening at the same time. Please check the latest state and try again";
    refund_after: "申込みのあつかい" | "The order afterwards";
    refund_after_cancel: "申込みも取り消す" | "Cancel the order too";
    refund_after_keep: "参加はそのまま" | "Keep the order";
    way_credit_card: "支払いに使ったカードへ戻ります。反映の時期はカード会社によります（数日〜1か月ほど）。" | "Back to the card it was paid with. When it shows depends on the card company (days to about a month).";
    way_paypay: "PayPay の残高へ戻ります。" | "Back to the PayPay balance.";
    way_needs_account: "この方法は自動で返金できません。参加者に振込先の口座をうかがい、振り込みで返します。" | "This method cannot return money by itself. The participant is asked for a bank account and the money is transferred.";
    way_unknown: "決済会社を通じて戻ります。" | "Back through the payment company.";
    cancel_title: "申込みのキャンセル" | "Cancel the order";
    cancel_lead: "お支払い前の申込みを取り消し、席を空けます。参加者にメールでお知らせします。" | "Takes back an unpaid order and frees its places. The participant gets a mail.";
    cancel_confirm: "キャンセルする" | "Cancel the order";
    cancel_not_possible: "この申込みは、いまはキャンセルできません。支払い済みなら返金を行ってください。" | "This order cannot be cancelled now. If it is paid, please refund it.";
    cancel_paid: "この申込みは支払い済みです。返金を行ってください" | "This order is paid. Please refund it instead";
    go_back: "戻る" | "Back";

    // Sharing
    share_title: "共有" | "Share";
    share_draft: "下書きのあいだは、このリンクを開いても表示されません。公開してから送ってください。" | "While this is a draft the link shows nothing. Publish first, then send it.";
    share_link_label: "参加ページのリンク" | "The link";
    share_qr: "QR コード" | "QR code";
    share_qr_alt: "参加ページを開く QR コード" | "QR code that opens the event’s page";
    share_qr_svg: "SVG（印刷用）" | "SVG (for print)";
    share_qr_png: "PNG" | "PNG";
    share_line: "LINE・チャット用の文面" | "Text for LINE and chats";
    share_mail: "メール用の文面" | "Text for mail";
    share_send_line: "LINE で送る" | "Send by LINE";
    share_send_mail: "メールを書く" | "Write a mail";
    copy: "コピー" | "Copy";
    copied: "コピーしました" | "Copied";

    // Settings
    settings_title: "設定" | "Settings";
    settings_profile: "主催者のプロフィール" | "Organizer profile";
    settings_profile_text: "参加者に表示する名前と連絡先です。" | "The name and contact participants see.";
    settings_edit: "編集する" | "Edit";
    keys_title: "API キー" | "API keys";
    keys_text: "ほかのシステムからイベントや申込みを扱うための鍵です。人に見せないでください。" | "Keys let other systems work with your events and orders. Keep them secret.";
    keys_none: "キーはまだありません。" | "There are no keys yet.";
    keys_docs: "API の説明を読む" | "Read the API reference";
    key_name: "キーの名前" | "Name of the key";
    key_name_hint: "使い道が分かる名前にします。例: 会計システム" | "Say what it is for. Example: Accounting";
    key_scopes: "できること" | "What it may do";
    key_create: "キーを作る" | "Create a key";
    key_created_title: "新しいキーです。いま控えてください" | "Your new key. Copy it now";
    key_created_text: "この画面を離れると、もう一度は表示できません。" | "It cannot be shown again once you leave this page.";
    key_revoke: "無効にする" | "Revoke";
    key_revoked: "無効" | "Revoked";
    key_revoked_now: "キーを無効にしました" | "The key is revoked";
    key_never_used: "未使用" | "never used";
    key_no_scope: "できることを一つ以上選んでください" | "Please choose at least one";
    key_too_many: "キーの数の上限に達しました。使わないキーを無効にしてください" | "There are too many keys. Please revoke one you do not use";
    scope_events_read: "イベントと数字を見る" | "Read events and figures";
    scope_events_write: "イベントを作る・公開する" | "Create and publish events";
    scope_orders_read: "申込みを見る" | "Read orders";
    scope_orders_write: "申込みを行う" | "Place orders";
    scope_refunds_write: "返金する" | "Refund";
    scope_ledger_read: "帳簿を見る" | "Read the ledger";
    scope_webhooks_write: "Webhookの送り先を管理する" | "Manage webhooks";

    // Problems of forms
    not_a_number: "数字で入力してください" | "Please enter a number";
    unknown_time: "日付と時刻を入力してください" | "Please enter a date and a time";
    unknown_time_zone: "タイムゾーンを選び直してください" | "Please choose a time zone";
    ends_before_start: "終わりは始まりより後にしてください" | "The end must come after the start";
    unknown_choice: "選び直してください" | "Please choose again";
    no_method: "有料の区分があるので、支払い方法を一つ以上選んでください" | "There are paid tickets: please choose at least one payment method";
    link_taken: "このリンクはほかで使われています。別のリンクにしてください" | "This link is taken. Please choose another";
    link_malformed: "半角の英小文字・数字・ハイフンで3〜60文字にしてください" | "Please use 3 to 60 lower-case letters, digits and hyphens";
    places_taken: "すでに申し込まれている人数より少なくはできません" | "It cannot be fewer than the places already taken";
    min_above_max: "最大は最小以上にしてください" | "The most must not be below the fewest";
}

/// The head line of the CSV file.
pub const fn csv_head(lang: Lang) -> [&'static str; 12] {
    match lang {
        Lang::Ja => [
            "申込番号",
            "申込者",
            "メール",
            "状態",
            "区分",
            "枚数",
            "参加者",
            "金額",
            "返金",
            "支払い方法",
            "申込日時",
            "支払い日時",
        ],
        Lang::En => [
            "Code",
            "Buyer",
            "Email",
            "State",
            "Tickets",
            "Quantity",
            "Attendees",
            "Amount",
            "Refunded",
            "Method",
            "Ordered at",
            "Paid at",
        ],
    }
}

/// `23人`, `23 people`.
pub fn people(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("{}人", crate::money::grouped(&n.to_string())),
        (Lang::En, 1) => "1 person".to_owned(),
        (Lang::En, n) => format!("{} people", crate::money::grouped(&n.to_string())),
    }
}

/// `12件`, `12 orders`.
pub fn orders(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("{}件", crate::money::grouped(&n.to_string())),
        (Lang::En, 1) => "1 order".to_owned(),
        (Lang::En, n) => format!("{} orders", crate::money::grouped(&n.to_string())),
    }
}

/// `2件の入金`, `2 payments`.
pub fn payments(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("{n}件"),
        (Lang::En, 1) => "1 payment".to_owned(),
        (Lang::En, n) => format!("{n} payments"),
    }
}

/// `佐藤 健 さん`, `Ken Sato`.
pub fn polite(name: &str, lang: Lang) -> String {
    match lang {
        _ if name.is_empty() => crate::buyer_data::erased_name(lang).to_owned(),
        Lang::Ja => format!("{name} さん"),
        Lang::En => name.to_owned(),
    }
}

/// A person and how many more: `佐藤 健 さんほか2人`.
pub fn and_others(name: &str, n: usize, lang: Lang) -> String {
    match (lang, n.saturating_sub(1)) {
        (_, 0) => polite(name, lang),
        (Lang::Ja, more) => format!("{} ほか{more}人", polite(name, lang)),
        (Lang::En, more) => format!("{} and {more} more", polite(name, lang)),
    }
}

/// Until when: `12/20 23:59 まで`.
pub fn until(at: OffsetDateTime, zone: &str, lang: Lang) -> String {
    let time = crate::date::short_time(at, zone);
    match lang {
        Lang::Ja => format!("{time}まで"),
        Lang::En => format!("until {time}"),
    }
}

/// How many of how many places: `30 / 40席`.
pub fn places(n_taken: i64, n_places: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{n_taken} / {n_places}人"),
        Lang::En => format!("{n_taken} of {n_places} places"),
    }
}

/// What can still go back.
pub fn refund_left(left: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => {
            format!("返金できるのは {left} までです。ほかの返金が先に行われたかもしれません")
        }
        Lang::En => format!("{left} at most can go back. Another refund may have come first"),
    }
}

/// Money that no order claims goes back before the rest.
pub fn refund_credit_first(left: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => {
            format!("余分に受け取った {left} を先に返金してください。残りはその後に返金できます")
        }
        Lang::En => format!("Please refund the surplus of {left} first; the rest can follow"),
    }
}

/// The bounds of a number.
pub fn out_of_range(min: i64, max: i64, lang: Lang) -> String {
    let (min, max) =
        (crate::money::grouped(&min.to_string()), crate::money::grouped(&max.to_string()));
    match lang {
        Lang::Ja => format!("{min}から{max}までの数字を入力してください"),
        Lang::En => format!("Please enter a number from {min} to {max}"),
    }
}

/// Too many ticket types.
pub fn too_many_ticket_types(max: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("区分は{max}個までです。使わない区分の販売をやめてください"),
        Lang::En => format!("An event has {max} tickets at most. Please stop selling one first"),
    }
}

/// A quota below what is taken.
pub fn places_taken_by(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (_, 0) => places_taken(lang).to_owned(),
        (Lang::Ja, n) => format!("すでに{n}人が申し込んでいます。それより少なくはできません"),
        (Lang::En, n) => format!("{n} places are taken already. It cannot be fewer"),
    }
}

/// When an unsaved form was typed.
pub fn unsaved_text(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{when} に入力した内容を表示しています。保存するまで公開ページには反映されません。"
        ),
        Lang::En => format!(
            "You are seeing what was typed at {when}. The public page changes when you save."
        ),
    }
}

/// The filter's word for orders of a status, with how many there are.
pub fn filter_word(status: OrderStatus, n: i64, lang: Lang) -> String {
    format!("{} {}", crate::status::order(status, lang).word, crate::money::grouped(&n.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_read_well() {
        assert_eq!(people(1, Lang::En), "1 person");
        assert_eq!(people(3000, Lang::Ja), "3,000人");
        assert_eq!(and_others("佐藤 健", 3, Lang::Ja), "佐藤 健 さん ほか2人");
    }
}
