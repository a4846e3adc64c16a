# Receives PodArmor webhooks. Standard library alone, Ruby 3.0 or newer. Ruby comes without a web
# server, so this one speaks as much HTTP as a delivery needs; behind Rack or Rails all but that
# stays the same: `request.body.read` are the raw bytes.
#
#   PODARMOR_WEBHOOK_SECRET=whsec_… PORT=8787 ruby receiver.rb

require "json"
require "openssl"
require "socket"
require "time"
require "timeout"

LONGEST_BODY = 1024 * 1024
LONGEST_HEAD = 16 * 1024
LONGEST_AGE = 5 * 60
REMEMBERED = 10_000

def verified?(secret, header, body)
  expected = "sha256=" + OpenSSL::HMAC.hexdigest("SHA256", secret, body)
  header.split(",").any? { |one| OpenSSL.secure_compare(one.strip, expected) }
end

# The deliveries that were accepted, oldest first. In production this is a table with a unique key,
# written in the transaction that acts on the event: memory is gone with the process.
class Seen
  def initialize
    @ids = {}
    @lock = Mutex.new
  end

  # Whether it is new.
  def add?(delivery)
    @lock.synchronize do
      return false if @ids.key?(delivery)
      @ids[delivery] = true
      @ids.shift if @ids.size > REMEMBERED
      true
    end
  end
end

# The message, unless it is none or was not sent just now.
def read_message(body)
  message = JSON.parse(body)
  age = (Time.now - Time.iso8601(message.fetch("deliveredAt"))).abs
  fields = %w[event deliveryId attemptNumber].to_h { |name| [name, message.fetch(name)] }
  fields if age <= LONGEST_AGE
rescue JSON::ParserError, KeyError, ArgumentError, TypeError, NoMethodError
  nil
end

# Method, path and headers (names in lower case); nil when it is no HTTP.
def read_head(client)
  head = String.new
  until head.end_with?("\r\n\r\n")
    line = client.gets("\r\n", LONGEST_HEAD)
    return nil if line.nil? || (head << line).bytesize > LONGEST_HEAD
  end
  first, *lines = head.split("\r\n")
  headers = lines.to_h { |line| line.split(":", 2).then { |name, value| [name.downcase, value.to_s.strip] } }
  method, path = first.to_s.split
  [method, path, headers]
end

def receive(client)
  method, path, headers = read_head(client)
  return 400 if path.nil?
  return 404 if path != "/hook"
  return 405 if method != "POST"
  return 411 unless headers.fetch("content-length", "").match?(/\A\d{1,18}\z/)
  length = headers["content-length"].to_i
  return 413 if length > LONGEST_BODY
  body = length.zero? ? "" : client.read(length)
  return 400 if body.nil? || body.bytesize < length
  return 401 unless verified?(SECRET, headers.fetch("x-podarmor-signature", ""), body)
  message = read_message(body)
  return 400 if message.nil?
  # Whatever takes long belongs into a queue: the portal waits 15 seconds for the answer.
  say(SEEN.add?(message["deliveryId"]) ? message : { duplicate: message["deliveryId"] })
  204
end

def say(value)
  $stdout.write(JSON.generate(value) + "\n")
end

def serve(client)
  status = Timeout.timeout(10) { receive(client) }
  client.write("HTTP/1.1 #{status} \r\nConnection: close\r\n#{"Content-Length: 0\r\n" if status != 204}\r\n")
rescue Timeout::Error, SystemCallError, IOError
  # Nobody is there to answer.
ensure
  client.close
end

SECRET = ENV.fetch("PODARMOR_WEBHOOK_SECRET", "")
abort("PODARMOR_WEBHOOK_SECRET is not set") if SECRET.empty?
SEEN = Seen.new
$stdout.sync = true
server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("PORT", "8787")))
puts "listening on http://127.0.0.1:#{server.addr[1]}/hook"
loop { Thread.new(server.accept.binmode) { |client| serve(client) } }
