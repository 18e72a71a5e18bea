/// The fixed words of the templates, by key, in both languages.
///
/// Templates write `{{t.key}}`; `PhrasesTests` checks that every key a template uses is here and
/// that no key is left over.
enum Phrases {
    /// The words of a language.
    static func texts(_ language: Language) -> [String: String] {
        language == .japanese ? japanese : english
    }

    private static let japanese = Dictionary(
        all.map { ($0.key, $0.japanese) }, uniquingKeysWith: { first, _ in first })
    private static let english = Dictionary(
        all.map { ($0.key, $0.english) }, uniquingKeysWith: { first, _ in first })

    private typealias Phrase = (key: String, japanese: String, english: String)

    private static let all: [Phrase] =
        shared + citizens + operators + alarms + lines + devices + flow + accounts + calibrations

    private static let lines: [Phrase] = [
        ("lines", "GPIO", "GPIO"),
        ("linesTitle", "GPIO線の状態", "GPIO lines now"),
        ("lineInputs", "入力", "Inputs"),
        ("lineOutputs", "出力(ランプ・サイレン)", "Outputs (lamp, siren)"),
        (
            "noLines", "GPIO線は設定されていません。設定ファイルの gpio に書きます。",
            "No GPIO lines are configured; they stand under gpio in the configuration."
        ),
        ("lineActive", "オン", "active"),
        ("lineInactive", "オフ", "inactive"),
        ("lineUnavailable", "使用できません", "not available"),
        ("lineWave", "直近10秒の波形", "The last ten seconds"),
        ("lineEdges", "エッジ数", "Edges"),
        ("lineLost", "取りこぼし", "Lost"),
        ("lineBounces", "チャタリング", "Bounces"),
        ("lineInvalid", "無効パルス", "Invalid pulses"),
        ("linePulse", "直近のパルス幅", "Newest pulse"),
        ("lineTest", "試験動作", "Test pulse"),
    ]

    private static let devices: [Phrase] = [
        ("devices", "装置", "Devices"),
        ("devicesTitle", "観測装置", "Devices"),
        ("devicesBack", "装置の一覧へ", "All devices"),
        ("devicesWaiting", "登録を待つ装置", "Waiting to be adopted"),
        (
            "devicesWaitingText",
            "値は保存していません。登録するまで装置の中に残り、登録後に届きます。",
            "Their readings are not stored. They stay in the device until it is adopted, and come then."
        ),
        ("devicesKnown", "登録済みと拒否した装置", "Known and refused"),
        (
            "devicesForgotten", "一覧が満杯のため忘れた未登録の装置",
            "Quarantined devices forgotten because the list is full"
        ),
        ("device", "装置", "Device"),
        ("deviceHeardAt", "使ったトピック", "Heard as"),
        ("deviceFirstHeard", "最初の受信", "First heard"),
        ("deviceLastHeard", "最後の受信", "Last heard"),
        ("deviceSignal", "電波の強さ", "Signal"),
        ("deviceClock", "時計のずれ", "Clock offset"),
        ("deviceBoot", "起動回数", "Boot"),
        ("deviceSequence", "最新の番号", "Newest number"),
        ("deviceKeys", "署名の鍵", "Keys"),
        ("deviceReport", "装置からの状態報告", "What it says of itself"),
        ("devicePresence", "接続", "Presence"),
        ("deviceFirmware", "ファームウェア", "Firmware"),
        ("deviceMode", "動作モード", "Mode"),
        ("deviceNext", "次の通信まで(最長)", "Speaks again within"),
        ("deviceHeld", "装置に残る未確認の値", "Readings it holds"),
        ("deviceLost", "装置で失われた値", "Readings it has dropped"),
        (
            "deviceRetained", "(ブローカーが保持していた報告。いつのものか分かりません)",
            "(kept by the broker; nobody knows how old it is)"
        ),
        ("deviceAdoptTitle", "登録", "Adoption"),
        ("deviceAdopt", "このセンサーとして登録", "Adopt as this sensor"),
        ("deviceAdoptKnown", "既にあるセンサーとして登録", "As a sensor that is there"),
        ("deviceAdoptNew", "新しいセンサーとして登録", "As a new sensor"),
        (
            "deviceAdoptNewText",
            "下の案を確かめ、必要なら直してから登録してください。すぐに観測を始め、装置に残っている値も届きます。",
            "Look at each line, change what has to be changed, and adopt. It is measured at once, and what the device still holds comes too."
        ),
        ("deviceLines", "センサーの設定(YAML)", "The sensor's lines (YAML)"),
        (
            "deviceLinesWrong", "この設定は使えません(行:列を示します)。まだ登録していません。",
            "These lines cannot be used (line:column). Nothing was adopted."
        ),
        ("deviceAdoptNewDo", "この設定で登録", "Adopt with these lines"),
        ("copy", "コピー", "Copy"),
        ("copied", "コピーしました", "Copied"),
        ("deviceRefuseTitle", "拒否", "Refusal"),
        ("deviceRefuse", "この装置を拒否", "Refuse this device"),
        ("deviceSuggestion", "観測所ファイルに書く場合の案", "The lines for a station file, instead"),
        ("deviceFrames", "最後に届いた内容(保存していません)", "What it last sent (not stored)"),
        ("deviceCommands", "指示", "Commands"),
        (
            "deviceCommandsText",
            "装置は眠っていることがあります。指示は次に通信したときに届き、応答があるまで繰り返し送ります。",
            "A device may be asleep. A command reaches it when it next speaks, and is sent again until it answers."
        ),
        ("deviceCommand", "指示の内容", "Command"),
        ("deviceCreated", "作成", "Given"),
        ("deviceSent", "最後の送信", "Last sent"),
        ("deviceSettled", "完了", "Ended"),
        ("deviceExpires", "期限", "Expires"),
        ("deviceHoles", "届いていない値", "Missing readings"),
        ("deviceAsked", "再送依頼", "Asked"),
        ("deviceMissing", "欠番", "Missing"),
        ("deviceForgeries", "認証失敗", "Authentication failed"),
        ("deviceCounters", "これまでの数", "Counters since it was first heard"),
        ("orderMeasure", "いま測る", "Measure now"),
        ("orderIdentify", "点滅させる(60秒)", "Blink (60 s)"),
        ("orderFlood", "観測モード開始", "Flood mode"),
        ("orderCalm", "監視モードへ戻す", "Calm mode"),
        ("orderReboot", "再起動", "Reboot"),
    ]

    private static let calibrations: [Phrase] = [
        ("calibrations", "校正", "Calibration"),
        ("calibrationVersions", "校正の版", "Versions"),
        ("calibrationVersion", "版", "Version"),
        ("calibrationInForce", "使用中", "in force"),
        ("calibrationFrom", "適用開始", "Holds from"),
        ("calibrationAuthor", "責任者", "Author"),
        ("calibrationReason", "理由", "Reason"),
        ("calibrationRecorded", "記録日時", "Entered"),
        ("calibrationEnter", "新しい版の登録", "Enter a version"),
        (
            "calibrationEnterText",
            "登録するとすぐに有効になります。適用開始を空欄にすると現在からです。各観測値は、その観測時刻に有効な版で換算します。生の値は変わりません。",
            "It takes effect at once; left empty, it holds from now. Each reading is read by the version that holds at its own time. Raw values never change."
        ),
        ("calibrationWrong", "登録できませんでした。", "It could not be entered."),
        ("calibrationLines", "観測所ファイルの calibration 行", "The calibration line of the station file"),
        (
            "calibrationRecompute", "適用開始以後の保存済みの値を再計算する(警報は出しません)",
            "Reckon stored readings anew from then on (raises no alarm)"
        ),
        ("calibrationEnterDo", "登録する", "Enter"),
    ]

    private static let shared: [Phrase] = [
        ("service", "河川水位のいま", "River levels now"),
        ("simulated", "【模擬】", "[SIMULATED]"),
        (
            "simulatedText", "この画面の値は模擬データです。実際の川の状況ではありません。",
            "These values are simulated. They do not show a real river."
        ),
        ("drill", "【訓練】", "DRILL:"),
        ("drillMark", "訓練", "DRILL"),
        (
            "drillText", "訓練を実施中です。【訓練】と付いた警報は実際のものではありません。付いていない警報は訓練ではありません。",
            "A drill is under way. Alarms marked DRILL are not real; those without the mark are no drill."
        ),
        (
            "drillPublicText", "防災訓練を実施中です。この画面の水位と警報に訓練のものは含まれません。",
            "An emergency drill is under way. The levels and alarms on this page are no part of it."
        ),
        (
            "drillSounds", "訓練のサイレンや回転灯が作動することがあります。",
            "Sirens and lamps may come on for the drill."
        ),
        ("skip", "本文へ移動", "Skip to content"),
        ("switchLanguage", "English", "日本語"),
        ("operators", "担当者用画面", "For operators"),
        ("citizensPage", "公開ページ", "Public page"),
        ("navigation", "画面の切り替え", "Pages"),
        ("back", "一覧へ戻る", "All stations"),
        ("home", "最初のページへ", "First page"),
        ("metre", "m", "m"),
        ("time", "日時", "Time"),
        ("station", "観測所", "Station"),
        ("noneYet", "ありません", "None"),
        ("openAPI", "オープンデータ(JSON・GeoJSON)", "Open data (JSON, GeoJSON)"),
    ]

    private static let citizens: [Phrase] = [
        ("stage", "水位", "Water level"),
        ("readingTime", "状態取得日時", "Time of the reading"),
        ("quality", "データの品質", "Data quality"),
        ("trend", "傾向", "Trend"),
        ("levels", "基準水位", "Flood levels"),
        ("levelName", "名称・警戒レベル相当", "Level and equivalent"),
        ("levelMetres", "水位", "Height"),
        ("levelState", "現在との関係", "State"),
        ("reachedLevel", "到達している基準", "Highest level reached"),
        ("noValue", "値がありません", "No value"),
        (
            "provisional",
            "表示している値は自動観測の暫定値です。機器の異常などにより正しくない値を含むことがあります。",
            "Values are provisional, as measured automatically; they may be wrong when equipment fails."
        ),
        (
            "municipality",
            "「警戒レベルN相当」などは水位から見た目安です。警戒レベルと避難情報は市町村が発令し、注意報や警報は気象庁などが発表します。必ず市町村の情報を確認してください。",
            "“Equivalent to Warning Level N” is read from the water level alone. Warning levels and "
                + "evacuation information are issued by your municipality, warnings by the weather "
                + "service; always check their announcements."
        ),
        (
            "unstoredNote",
            "【未保存】装置の障害により、データを保存できない状態です。表示している値は最新の観測値ですが、まだ保存されていません。",
            "[NOT STORED] Data cannot be stored because of a fault. The values shown are the newest "
                + "readings, and are not stored yet."
        ),
        ("refreshNote", "このページは1分ごとに自動で更新されます。", "This page refreshes every minute."),
        ("generated", "ページ作成", "Page made"),
        ("elevation", "標高換算", "Elevation"),
        ("position", "位置", "Position"),
        ("datum", "零点高", "Gauge zero"),
        ("noStations", "観測所が設定されていません。", "No station is configured."),
        ("criterion", "市町村の基準", "Municipal criterion"),
    ]

    private static let operators: [Phrase] = [
        ("console", "担当者用コンソール", "Operators' console"),
        ("overview", "概況", "Overview"),
        ("alarmsNav", "警報", "Alarms"),
        ("detections", "動物検知", "Wildlife"),
        ("flow", "データの流れ", "Data flow"),
        ("signOut", "ログアウト", "Sign out"),
        ("signedInAs", "ログイン中", "Signed in"),
        ("sensor", "センサー", "Sensor"),
        ("lastReading", "最新値", "Last reading"),
        ("age", "経過", "Age"),
        ("battery", "電池", "Battery"),
        ("sources", "データ源", "Sources"),
        ("state", "状態", "State"),
        ("since", "開始", "Since"),
        ("detail", "内容", "Detail"),
        ("connected", "接続中", "connected"),
        ("disconnected", "切断", "disconnected"),
        ("store", "データベース", "Store"),
        ("storeWorks", "正常", "working"),
        ("storeFails", "保存できません", "cannot store"),
        (
            "storeDown",
            "データを保存できません。水位の判定・通知・表示は続けています(未保存)",
            "Nothing can be stored. Levels are still judged, told and shown, and are not stored"
        ),
        ("unstoredNotices", "未保存のまま通知した警報", "Alarms told before they are stored"),
        ("lostRecords", "保存できず失われた件数", "Records lost"),
        ("runway", "空き容量の残り日数", "Room lasts"),
        ("freeSpace", "空き容量(警報用の予備を除く)", "Free space (without the reserve for alarms)"),
        ("storedPerDay", "データの増加", "Data grows by"),
        ("writtenPerDay", "記憶装置への書き込み", "Written to the disk"),
        (
            "writtenNote",
            "書き込み量は、このプログラムが記憶装置に渡した量です。ファイルシステムの管理情報や、カード内部の書き込みは含みません。",
            "What is written is what this program hands to the disk; the file system's journal and what "
                + "a card writes inside itself are not in it."
        ),
        ("measuredOver", "測定時間", "measured over"),
        ("commits", "書き込み回数", "Commits"),
        ("lastCommit", "最後の書き込み", "Last commit"),
        ("waitingRows", "書き込み待ちの行", "Rows waiting"),
        ("fileSize", "ファイルの大きさ", "File size"),
        ("gateway", "ゲートウェイ", "Gateway"),
        ("clock", "時計", "Clock"),
        ("started", "起動", "Started"),
        ("uptime", "稼働時間", "Uptime"),
        ("rings", "リング", "Rings"),
        (
            "outlookNote",
            """
            直近30分の水位を直線で延ばした、職員の判断のための参考値です。\
            予報ではなく、公表しません。範囲は傾きの標準誤差の2倍です。
            """,
            """
            A straight line through the last 30 minutes, drawn on: for officers' judgement, no \
            forecast, and not published. The range is twice the slope's standard error.
            """
        ),
        ("capacity", "容量", "Capacity"),
        ("highWater", "最高使用数", "High-water mark"),
        ("refused", "拒否数", "Refused"),
        ("openAlarms", "発生中の警報", "Open alarms"),
        ("aside", "通知保留中", "put aside"),
        ("noOpenAlarms", "発生中の警報はありません。", "No alarm is open."),
        ("hydrograph", "水位の推移", "Hydrograph"),
        ("range", "期間", "Range"),
        ("earlier", "前の期間", "Earlier"),
        ("later", "次の期間", "Later"),
        ("latest", "最新", "Latest"),
        ("rain", "雨量", "Rain"),
        ("valueTable", "値の一覧", "Values"),
        (
            "chartHint", "グラフには JavaScript を使います。値は下の一覧にもあります。",
            "The chart needs JavaScript; the values are also in the table below."
        ),
        (
            "chartMissing",
            "グラフ用ライブラリ(Debian の libjs-dygraphs)が見つからないため、一覧だけを表示しています。",
            "The chart library (Debian's libjs-dygraphs) is not installed; only the table is shown."
        ),
        ("legendBand", "最低〜最高", "Lowest to highest"),
        ("legendSuspect", "要確認", "To be confirmed"),
        ("legendFail", "異常値", "Faulty"),
        ("flag", "品質", "Quality"),
        ("value", "値", "Value"),
        ("lowest", "最低", "Lowest"),
        ("mean", "平均", "Mean"),
        ("highest", "最高", "Highest"),
        ("rawValue", "生値", "Raw"),
        ("count", "件数", "Count"),
    ]

    private static let alarms: [Phrase] = [
        ("openSection", "対応が必要・継続中", "Open"),
        ("pastSection", "終了した警報", "Past"),
        ("rule", "基準", "Rule"),
        ("phase", "段階", "Phase"),
        ("opened", "発生", "Opened"),
        ("peak", "最高水位", "Peak"),
        ("acknowledgedBy", "確認者", "Acknowledged by"),
        ("comment", "コメント", "Comment"),
        ("acknowledge", "確認しました", "Acknowledge"),
        ("commentOptional", "コメント(任意・500字まで)", "Comment (optional, up to 500 characters)"),
        ("actsAs", "操作した人として記録される名前", "Recorded as"),
        ("assignedTo", "担当", "Assigned to"),
        ("reminders", "確認がなく再通知した回数", "Reminders sent"),
        ("lastComment", "最新のコメント", "Newest comment"),
        ("shelvedUntil", "通知を保留中。保留の終わり:", "Put aside: nobody is woken by it until"),
        (
            "unsteady", "短時間に発生と解除を繰り返しています(不安定)。落ち着くまで通知を保留しています。",
            "It opens and ends again and again (unsteady), and is held until it settles."
        ),
        ("shelve", "通知を保留する", "Put it aside"),
        (
            "shelveText",
            "保留中は通知しません。時間が来ると自動で終わり、警報が続いていればあらためて通知します。同じ観測所でより高い水位に到達したときは、保留を解除して通知します。",
            "Nobody is woken by it for the time. It comes back by itself, and is told again where it is "
                + "still on. A higher level of the same station is told at once and brings it back."
        ),
        ("shelfMinutes", "保留する時間", "For how long"),
        ("shelfHalfHour", "30分", "30 minutes"),
        ("shelfHour", "1時間", "1 hour"),
        ("shelfThreeHours", "3時間", "3 hours"),
        ("shelfHalfDay", "12時間", "12 hours"),
        ("shelfDay", "24時間", "24 hours"),
        ("shelfReason", "理由(必須・500字まで)", "Why (needed, up to 500 characters)"),
        ("shelveDo", "保留する", "Put aside"),
        ("unshelve", "保留を解除", "Take it back"),
        ("assign", "担当を決める", "Assign"),
        ("assignName", "担当者の名前(空欄で取り消し)", "Who sees to it (empty takes it back)"),
        ("assignDo", "決定", "Assign"),
        ("say", "コメントを書く", "Comment"),
        ("sayText", "コメント(500字まで)", "Comment (up to 500 characters)"),
        ("sayDo", "書き込む", "Send"),
        ("transitions", "経過", "History"),
        ("cause", "理由", "Cause"),
        ("actor", "担当者", "Person"),
        ("number", "番号", "No."),
        ("confidence", "確信度", "Confidence"),
        ("camera", "カメラ", "Camera"),
        ("received", "受信", "Received"),
        ("taken", "撮影(カメラの時計)", "Taken (camera's clock)"),
        ("noPicture", "画像なし", "No picture"),
        ("older", "以前の検知", "Older"),
    ]

    private static let flow: [Phrase] = [
        ("targets", "転送先", "Targets"),
        ("target", "転送先", "Target"),
        ("reachable", "到達可", "reachable"),
        ("unreachable", "到達不可", "unreachable"),
        ("waiting", "待ち", "Waiting"),
        ("waitingTime", "待ちの量(観測時間換算)", "Waiting, as observation time"),
        ("delivered", "転送済み", "Delivered"),
        ("failedAttempts", "失敗した試行", "Failed attempts"),
        ("refusedForGood", "受取拒否", "Refused for good"),
        ("lastSuccess", "最後の成功", "Last success"),
        ("lastFailure", "最後の失敗", "Last failure"),
        ("losses", "欠損台帳", "Loss ledger"),
        ("from", "から", "From"),
        ("to", "まで", "To"),
        ("recovered", "後から届いたか", "Came in afterwards"),
        ("quarantine", "隔離したメッセージ", "Quarantined messages"),
        ("topic", "トピック", "Topic"),
        ("reason", "理由", "Reason"),
        ("payload", "先頭のバイト", "First bytes"),
        ("size", "全体の長さ", "Length"),
        ("counters", "カウンター(起動後)", "Counters since start"),
        ("name", "名前", "Name"),
    ]

    private static let accounts: [Phrase] = [
        ("signIn", "ログイン", "Sign in"),
        ("account", "アカウント", "Account"),
        ("password", "パスワード", "Password"),
        (
            "firstRunHint",
            "最初のパスワードは、ゲートウェイの状態ディレクトリーの first-run-password ファイルにあります。",
            "The first password is in the file first-run-password in the gateway's state directory."
        ),
    ]
}
