"""What ``vigil capture --check`` says, in Chinese and English, and what to do about it."""

from __future__ import annotations

SENTENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("name", "ok"): ("主机 {host} 可解析（{address}）", "host {host} resolves to {address}"),
    ("name", "fail"): (
        "找不到主机 {host}：请检查地址拼写、DNS 和网络",
        "host {host} cannot be found: check the spelling, DNS and the network",
    ),
    ("port", "ok"): ("端口 {port} 可连接（{ms} 毫秒）", "port {port} answers in {ms} ms"),
    ("port", "fail"): (
        "{host} 的端口 {port} 无应答：请检查摄像机电源、网线、防火墙，以及是否已启用 RTSP",
        (
            "port {port} of {host} does not answer: check the camera's power, cable and firewall, "
            "and that RTSP is switched on"
        ),
    ),
    ("stream", "ok"): ("视频流已打开（{s} 秒）", "the stream opened in {s} s"),
    ("stream", "fail"): ("视频流打不开：{why}", "the stream cannot be opened: {why}"),
    ("codec", "ok"): (
        "编码 {codec}（{profile}），各浏览器均可播放",
        "codec {codec} ({profile}), which every browser plays",
    ),
    ("codec", "warn"): (
        "编码 {codec}（{profile}）可以录制，但并非所有浏览器和电脑都能播放；建议改为 H.264",
        (
            "codec {codec} ({profile}) can be recorded, but not every browser and machine plays "
            "it; H.264 is safer"
        ),
    ),
    ("codec", "fail"): (
        "编码 {codec} 不能录制：请在摄像机上改为 H.264",
        "codec {codec} cannot be recorded: set the camera to H.264",
    ),
    ("size", "ok"): ("画面 {size} 像素", "pictures of {size} pixels"),
    ("sound", "ok"): ("没有声音", "no sound"),
    ("sound", "warn"): (
        "带有声音：守望不录音；建议在摄像机上关闭",
        "it has sound: Vigil does not record it; better switch it off in the camera",
    ),
    ("pictures", "ok"): (
        "每秒 {fps} 帧（观察 {s} 秒）",
        "{fps} frames a second, watched for {s} s",
    ),
    ("pictures", "warn"): (
        "每秒只有 {fps} 帧（观察 {s} 秒）：建议设为 10 帧以上",
        "only {fps} frames a second, watched for {s} s: set it to 10 or more",
    ),
    ("pictures", "fail"): (
        "没有收到画面：{why}；请检查摄像机的连接数是否已满",
        "no pictures came: {why}; check whether the camera serves too many already",
    ),
    ("bit_rate", "ok"): ("码率 {mbit} Mbit/s", "bit rate {mbit} Mbit/s"),
    ("keyframes", "ok"): ("每 {s} 秒一个关键帧", "a keyframe every {s} s"),
    ("keyframes", "warn"): (
        "关键帧间隔 {s} 秒或更长：断线后要等到下一个关键帧才能录像；建议设为 1 秒",
        (
            "a keyframe only every {s} s or more: after a break nothing can be recorded before the "
            "next; set it to 1 s"
        ),
    ),
    ("keyframes", "fail"): (
        "{s} 秒内没有关键帧：请把 I 帧间隔设为 1 秒",
        "no keyframe in {s} s: set the interval of I frames to 1 s",
    ),
    ("jitter", "ok"): ("到达时间抖动 {ms} 毫秒", "packets come evenly, within {ms} ms"),
    ("jitter", "warn"): (
        "到达时间抖动 {ms} 毫秒：网络不稳定",
        "packets come unevenly, by {ms} ms: the network is not steady",
    ),
    ("clock", "ok"): (
        "摄像机时钟与本机相差 {ms} 毫秒",
        "the camera's clock is {ms} ms from this machine's",
    ),
    ("clock", "warn"): (
        "观察期间摄像机没有报告时间（无 RTCP 发送者报告）：时间以到达时刻为准",
        (
            "the camera did not tell its time while watched (no RTCP sender report): times are "
            "taken from arrival"
        ),
    ),
    ("clock", "fail"): (
        "摄像机时钟与本机相差 {s} 秒：请在摄像机上启用 NTP 校时",
        "the camera's clock is {s} s from this machine's: switch on NTP in the camera",
    ),
    ("sub_stream", "warn"): (
        "画面较大（{size}）：请配置子码流 sub_url 供分析，可大幅减少解码开销",
        (
            "a large picture ({size}): give a sub-stream (sub_url) to be looked at, it costs far "
            "less to decode"
        ),
    ),
    ("vigil", "ok"): (
        "守望会：原样录制这路 {codec}，每秒一段；没有子码流时从中取画面分析",
        (
            "Vigil would record this {codec} as it is, in parts of a second, and look at pictures "
            "of it unless there is a sub-stream"
        ),
    ),
    ("vigil", "fail"): (
        "守望无法录制这路 {codec}",
        "Vigil cannot record this {codec}",
    ),
}
"""By name and mark: Chinese, English."""
