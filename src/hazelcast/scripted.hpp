#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hazelcast/answer.hpp"
#include "hazelcast/bytes.hpp"

/// What members say, made by hand: for tests alone.
namespace blotter::hazelcast::scripted {

inline std::string a_frame(std::uint16_t flags, std::string_view content) {
  std::string out;
  append_little(out, static_cast<std::int32_t>(frame_head_size + content.size()));
  append_little(out, flags);
  return out.append(content);
}

inline std::string id_bytes(const uuid& which) {
  std::string out(1, '\0');
  append_little(out, which.high);
  append_little(out, which.low);
  return out;
}

/// A message's first frame with the fields behind its correlation id.
inline std::string head(std::int32_t type, std::int64_t correlation, const std::string& fields,
                        std::uint16_t flags = 0) {
  std::string out;
  append_little(out, type);
  append_little(out, correlation);
  return a_frame(static_cast<std::uint16_t>(flag::unfragmented | flags), out + fields);
}
inline std::string plain_answer(std::int32_t type, std::int64_t correlation) {
  return head(type, correlation, std::string(1, '\0'), flag::final_frame);
}

inline const std::string begin = a_frame(flag::begin_structure, ""), end = a_frame(flag::end_structure, "");
inline const std::string last_end = a_frame(flag::end_structure | flag::final_frame, "");
inline const std::string null_frame = a_frame(flag::null_value, "");

inline std::string taken(std::int64_t correlation, const uuid& member, const uuid& cluster,
                         std::int32_t partitions) {
  std::string fields(2, '\0');
  fields += id_bytes(member) + '\1';
  append_little(fields, partitions);
  fields += id_bytes(cluster) + '\0';
  return head(0x000101, correlation, fields) + null_frame + a_frame(flag::final_frame, "5.7.0");
}

inline std::string refused(std::int64_t correlation, char status) {
  std::string fields(1, '\0');
  return head(0x000101, correlation, fields + status + std::string(60, '\0'), flag::final_frame);
}

inline std::string error(std::int64_t correlation, std::int32_t code) {
  std::string number;
  append_little(number, code);
  return head(0, correlation, std::string(1, '\0')) + begin + begin + a_frame(0, number) + a_frame(0, "x.Y") +
         null_frame + begin + end + end + last_end;
}

inline std::string event_fields(std::int32_t number) {
  std::string out;
  append_little(out, request::no_partition);
  append_little(out, number);
  return out;
}

inline std::string members_event(std::int64_t correlation, std::int32_t version,
                                 const std::vector<cluster_member>& all) {
  std::string out = head(0x000302, correlation, event_fields(version), flag::event) + begin;
  for (const cluster_member& each : all) {
    std::string port;
    append_little(port, std::int32_t{each.at.port});
    out += begin + a_frame(0, id_bytes(each.id) + '\0') + begin + a_frame(0, port) +
           a_frame(0, each.at.host) + end + begin + end + begin + a_frame(0, "\5\7\1") + end + end;
  }
  return out + last_end;
}

inline std::string partitions_event(std::int64_t correlation,
                                    const std::vector<std::pair<uuid, std::int32_t>>& all) {
  std::string out = head(0x000303, correlation, event_fields(1), flag::event) + begin, owners;
  for (const auto& [owner, partition] : all) {
    std::string number;
    append_little(number, partition);
    out += a_frame(0, number);
    owners += id_bytes(owner);
  }
  return out + end + a_frame(flag::final_frame, owners);
}

}  // namespace blotter::hazelcast::scripted
