#!/usr/bin/env python3
"""Validates rendered documents with the libraries that people use.

    pip install spdx-tools 'cyclonedx-python-lib[validation]'
    python validate.py [--max-bytes N] FOLDER

Every *.spdx.json is checked against the official schema (../schemas) and by the semantic
validation of spdx-tools, every *.cdx.json by the strict schema of cyclonedx-python-lib, by
reading it into its model and by the validation of that. Prints what is wrong; ends with 1 if
anything is.
"""
import argparse
import json
import pathlib
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator
from spdx_tools.spdx.model import File
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation import document_validator, package_validator, spdx_id_validators
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent / "schemas"
SPDX = Draft7Validator(json.loads((SCHEMAS / "spdx-2.3.schema.json").read_text()))
CYCLONEDX = JsonStrictValidator(SchemaVersion.V1_5)


def make_lookups_fast():
    """spdx-tools looks every identifier up in a list it makes anew each time: hours for a
    document with 20,000 files. The same answers, from an index made once for each document."""
    index = {}

    def ids(document):
        if index.get("of") is not document:
            elements = document.packages + document.files + document.snippets
            index.update(of=document, files={file.spdx_id for file in document.files})
            index["all"] = {element.spdx_id for element in elements} | {document.creation_info.spdx_id}
            index["relationships"] = {}
            for relationship in document.relationships:
                key = (relationship.relationship_type, relationship.spdx_element_id)
                index["relationships"].setdefault(key, []).append(relationship)
                if isinstance(relationship.related_spdx_element_id, str):
                    key = (relationship.relationship_type, "to", relationship.related_spdx_element_id)
                    index["relationships"].setdefault(key, []).append(relationship)
        return index

    def of_document(relationships):
        return index.get("of") is not None and relationships is index["of"].relationships

    by_origin = package_validator.filter_by_type_and_origin
    by_target = package_validator.filter_by_type_and_target

    def fast_by_origin(relationships, kind, origin):
        if of_document(relationships):
            return index["relationships"].get((kind, origin), [])
        return by_origin(relationships, kind, origin)

    def fast_by_target(relationships, kind, target):
        if of_document(relationships):
            return index["relationships"].get((kind, "to", target), [])
        return by_target(relationships, kind, target)

    spdx_id_validators.is_spdx_id_present_in_document = lambda spdx_id, document: spdx_id in ids(document)["all"]
    spdx_id_validators.is_spdx_id_present_in_files = lambda spdx_id, files: (
        spdx_id in index["files"] if index.get("of") is not None and files is index["of"].files
        else any(file.spdx_id == spdx_id for file in files)
    )
    package_validator.filter_by_type_and_origin = fast_by_origin
    package_validator.filter_by_type_and_target = fast_by_target
    package_validator.get_element_type_from_spdx_id = lambda spdx_id, document: (
        File if isinstance(spdx_id, str) and spdx_id in ids(document)["files"] else None
    )
    return ids


def spdx(path):
    document = json.loads(path.read_text())
    for error in SPDX.iter_errors(document):
        yield f"schema: /{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
    parsed = JsonLikeDictParser().parse(document)
    PREPARE(parsed)
    for message in validate_full_spdx_document(parsed):
        yield f"spdx-tools: {message.context.spdx_id or message.context.parent_id}: {message.validation_message[:300]}"


def cyclonedx(path):
    text = path.read_text()
    errors = CYCLONEDX.validate_str(text, all_errors=True)
    for error in errors or ():
        yield f"schema: /{'/'.join(map(str, error.data.absolute_path))}: {error.data.message[:300]}"
    document = json.loads(text)
    refs = list(bom_refs(document))
    if len(refs) != len(set(refs)):
        yield "bom-refs are not distinct"
    Bom.from_json(document).validate()


def bom_refs(document):
    left = [document.get("metadata", {}).get("component", {}), document]
    while left:
        element = left.pop()
        if "bom-ref" in element:
            yield element["bom-ref"]
        left.extend(element.get("components", []))
        left.extend(element.get("services", []))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-bytes", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    count = wrong = 0
    for path in sorted(arguments.folder.iterdir()):
        check = spdx if path.name.endswith(".spdx.json") else cyclonedx if path.name.endswith(".cdx.json") else None
        if check is None or arguments.max_bytes and path.stat().st_size > arguments.max_bytes:
            continue
        count += 1
        try:
            messages = list(check(path))
        except Exception as error:  # what the libraries raise has no common type
            messages = [f"{type(error).__name__}: {str(error)[:1000]}"]
        wrong += bool(messages)
        print(f"{path.name}: {len(messages)} messages", flush=True)
        for message in messages[:20]:
            print(f"    {message}")
    print(f"{count} documents, {wrong} of them not valid")
    return bool(wrong) or not count


if __name__ == "__main__":
    PREPARE = make_lookups_fast()
    sys.exit(main())
