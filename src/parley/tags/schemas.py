from typing import Annotated

import msgspec

from parley.web.paging import Paged

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class ListTags(Paged):
    """Query of GET livechat/tags: those without departments; those of `department` as well; with
    `viewAll` all. `text` stands in the name.
    """

    text: str | None = None
    viewAll: bool | None = None
    department: str | None = None


class TagData(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    description: Annotated[str, msgspec.Meta(max_length=5000)] | None = None


class SaveTag(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST livechat/tags.save; with `_id` the one that has it is changed. Without
    `tagDepartments` it is a tag of all departments.
    """

    tagData: TagData
    tagDepartments: Annotated[list[str], msgspec.Meta(min_length=1, max_length=1000)] | None = None
    id: str | None = msgspec.field(name="_id", default=None)


class DeleteTag(msgspec.Struct, forbid_unknown_fields=True):
    id: str
