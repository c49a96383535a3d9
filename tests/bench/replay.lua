-- For wrk -t1: replays the signed requests of the file named by REQUESTS (see sign_requests.c) and
-- prints one line of JSON at the end. `around` counts requests sent after the last one of the file,
-- when it starts over.

local requests = {}
local sent = 0

function setup(thread)
	the_thread = thread
end

function init()
	local headers = {
		["Content-Type"] = "application/json",
		["User-Agent"] = "Discord-Interactions/1.0 (+https://discord.com)",
	}
	for line in io.lines(os.getenv("REQUESTS")) do
		local signature, timestamp, body = line:match("^(%x+)\t(%d+)\t(.*)$")
		headers["X-Signature-Ed25519"] = signature
		headers["X-Signature-Timestamp"] = timestamp
		requests[#requests + 1] = wrk.format("POST", "/interactions", headers, body)
	end
	around = 0
end

function request()
	sent = sent + 1
	if sent > #requests then
		around = around + 1
	end
	return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format(
		'{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"most_ms":%.3f,'
			.. '"refused":%d,"errors":%d,"around":%d}\n',
		summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
		latency:percentile(99) / 1000, latency.max / 1000, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout,
		the_thread:get("around")))
end
