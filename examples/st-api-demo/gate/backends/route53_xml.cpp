#include "route53_xml.hpp"

#include <pugixml.hpp>
#include <sstream>

namespace st_gate {
namespace {

constexpr const char* kNamespace = "https://route53.amazonaws.com/doc/2013-04-01/";

RecordSet read_set(const pugi::xml_node& node) {
  RecordSet set{node.child_value("Name"),
                node.child_value("Type"),
                node.child_value("SetIdentifier"),
                std::string(node.child_value("MultiValueAnswer")) == "true",
                node.child("TTL").text().as_llong(),
                {}};
  for (const auto& record : node.child("ResourceRecords").children("ResourceRecord"))
    set.values.emplace_back(record.child_value("Value"));
  return set;
}

void text_child(pugi::xml_node node, const char* name, const std::string& text) {
  node.append_child(name).text().set(text.c_str());
}

}  // namespace

RecordPage parse_records(const std::string& xml) {
  pugi::xml_document document;
  const auto root = document.load_buffer(xml.data(), xml.size())
                        ? document.child("ListResourceRecordSetsResponse")
                        : pugi::xml_node();
  if (!root || !root.child("ResourceRecordSets"))
    throw BackendError("Route 53's answer cannot be understood");
  RecordPage page;
  for (const auto& node : root.child("ResourceRecordSets").children("ResourceRecordSet"))
    page.sets.push_back(read_set(node));
  if (std::string(root.child_value("IsTruncated")) != "true") return page;
  page.next_name = root.child_value("NextRecordName");
  page.next_type = root.child_value("NextRecordType");
  page.next_identifier = root.child_value("NextRecordIdentifier");
  return page;
}

std::string change_request(const std::vector<SetChange>& changes) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto root = document.append_child("ChangeResourceRecordSetsRequest");
  root.append_attribute("xmlns") = kNamespace;
  auto batch = root.append_child("ChangeBatch").append_child("Changes");
  for (const auto& [create, set] : changes) {
    auto change = batch.append_child("Change");
    text_child(change, "Action", create ? "CREATE" : "DELETE");
    auto node = change.append_child("ResourceRecordSet");
    text_child(node, "Name", set.name);
    text_child(node, "Type", set.type);
    text_child(node, "SetIdentifier", set.identifier);
    text_child(node, "MultiValueAnswer", "true");
    text_child(node, "TTL", std::to_string(set.ttl));
    auto records = node.append_child("ResourceRecords");
    for (const auto& value : set.values) text_child(records.append_child("ResourceRecord"), "Value", value);
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

Route53Problem parse_problem(const std::string& xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return {};
  if (const auto batch = document.child("InvalidChangeBatch")) {
    return {"InvalidChangeBatch", batch.child("Messages").child_value("Message")};
  }
  const auto error = document.child("ErrorResponse").child("Error");
  return {error.child_value("Code"), error.child_value("Message")};
}

}  // namespace st_gate
