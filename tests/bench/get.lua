-- For wrk -t1: GETs the paths of the file named by PATHS, one after the other, with If-None-Match when
-- ETAG says so, and prints one line of JSON at the end, as replay.lua does.

local paths = {}
local sent = 0

function setup(thread)
	the_thread = thread
end

function init()
	local etag = os.getenv("ETAG")
	local headers = {["Accept-Language"] = "fr", ["Accept-Encoding"] = "gzip"}
	if etag and etag ~= "" then
		headers["If-None-Match"] = etag
	end
	for line in io.lines(os.getenv("PATHS")) do
		paths[#paths + 1] = wrk.format("GET", line, headers)
	end
	around = 0
end

function request()
	sent = sent + 1
	if sent > #paths then
		around = around + 1
	end
	return paths[(sent - 1) % #paths + 1]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format('{"requests":%d,"seconds":%.6f,"refused":%d,"errors":%d,"around":%d}\n',
		summary.requests, summary.duration / 1e6, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout,
		the_thread:get("around")))
end
