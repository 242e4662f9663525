#include "kafka/dead_letter_topic.hpp"

#include <string>

namespace blotter::kafka {

void dead_letter_topic::put(const feed::raw_record& record, feed::reject_reason reason, instant /*now*/) {
  const std::string partition = std::to_string(record.partition);
  const std::string offset = std::to_string(record.offset);
  const header headers[] = {{"reason", feed::name_of(reason)}, {"partition", partition}, {"offset", offset}};
  writer_.write(record.key, record.value, headers, when_full::drop);
}

}  // namespace blotter::kafka
