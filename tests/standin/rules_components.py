"""What Discord accepts as components of messages and modals."""

try:
    from .rules_base import Check, is_integer, length
except ImportError:  # beside a program
    from rules_base import Check, is_integer, length

(ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT,
 CHANNEL_SELECT, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR) = range(1, 15)
CONTAINER, LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
V2_TOP = {ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER}
IN_CONTAINER = V2_TOP - {CONTAINER}
IN_LABEL = SELECTS | {TEXT_INPUT, UPLOAD, RADIO, CHECKBOXES, CHECKBOX}

SELECT_KEYS = {"custom_id", "placeholder", "min_values", "max_values", "disabled", "required"}
COMPONENT_KEYS = {
    ROW: {"components"},
    BUTTON: {"style", "label", "emoji", "custom_id", "url", "sku_id", "disabled"},
    STRING_SELECT: SELECT_KEYS | {"options"},
    TEXT_INPUT: {"custom_id", "style", "label", "min_length", "max_length", "required", "value",
                 "placeholder"},
    USER_SELECT: SELECT_KEYS | {"default_values"},
    ROLE_SELECT: SELECT_KEYS | {"default_values"},
    MENTIONABLE_SELECT: SELECT_KEYS | {"default_values"},
    CHANNEL_SELECT: SELECT_KEYS | {"default_values", "channel_types"},
    SECTION: {"components", "accessory"},
    TEXT_DISPLAY: {"content"},
    THUMBNAIL: {"media", "description", "spoiler"},
    GALLERY: {"items"},
    FILE: {"file", "spoiler"},
    SEPARATOR: {"divider", "spacing"},
    CONTAINER: {"components", "accent_color", "spoiler"},
    LABEL: {"label", "description", "component"},
    UPLOAD: {"custom_id", "min_values", "max_values", "required", "file_types"},
    RADIO: {"custom_id", "options", "required"},
    CHECKBOXES: {"custom_id", "options", "min_values", "max_values", "required"},
    CHECKBOX: {"custom_id", "default"},
}
DEFAULT_TYPES = {USER_SELECT: {"user"}, ROLE_SELECT: {"role"},
                 MENTIONABLE_SELECT: {"user", "role"}, CHANNEL_SELECT: {"channel"}}
CHANNEL_TYPES = {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16}

INT32 = 2 ** 31


class ComponentCheck(Check):
    """Walks components, those of messages and those of modals."""

    def message_components(self, path, components, v2):
        if v2:
            for i, component in enumerate(self.items(path, components, 0, 40)):
                self.component((*path, i), component, V2_TOP)
        else:
            for i, component in enumerate(self.items(path, components, 0, 5)):
                self.component((*path, i), component, {ROW})
        if v2 and self.components > 40:
            self.fault(path, "COMPONENT_MAX_TOTAL",
                       f"at most 40 components counting nested ones, are {self.components}")
        if self.shown > 4000:
            self.fault(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                       f"at most 4000 characters of text, are {self.shown}")

    def component(self, path, component, allowed, modal=False):
        """One component where only those of the ALLOWED types may stand."""
        if not isinstance(component, dict):
            self.fault(path, "DICT_TYPE_CONVERT", "must be an object")
            return
        kind = component.get("type")
        if not is_integer(kind) or kind not in COMPONENT_KEYS or kind not in allowed:
            self.fault((*path, "type"), "UNION_TYPE_CHOICES",
                       f"must be one of {sorted(allowed)}, is {kind!r}")
            return
        self.components += 1
        self.keys(path, component, COMPONENT_KEYS[kind] | {"type", "id"})
        self.component_id(path, component)
        if "custom_id" in COMPONENT_KEYS[kind] and kind != BUTTON:
            self.custom_id(path, component)
        self.CHECKS[kind](self, path, component, modal)

    def component_id(self, path, component):
        number = self.optional_integer(path, component, "id", 0, INT32 - 1)
        if number and number in self.ids:
            self.fault((*path, "id"), "COMPONENT_ID_DUPLICATED", "used twice")
        self.ids.add(number)

    def custom_id(self, path, component):
        value, path = component.get("custom_id"), (*path, "custom_id")
        if value is None:
            self.fault(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif self.text(path, value, 1, 100):
            if value in self.custom_ids:
                self.fault(path, "COMPONENT_CUSTOM_ID_DUPLICATED",
                           f"Component custom id cannot be duplicated: {value}")
            self.custom_ids[value] = path

    def row(self, path, component, modal):
        path = (*path, "components")
        children = self.items(path, component.get("components"), 1, 1 if modal else 5)
        allowed = {TEXT_INPUT} if modal else SELECTS | {BUTTON}
        for i, child in enumerate(children):
            self.component((*path, i), child, allowed, modal)
        kinds = [child.get("type") for child in children if isinstance(child, dict)]
        if any(kind in SELECTS for kind in kinds if is_integer(kind)) and len(kinds) > 1:
            self.fault(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "a select fills its row alone")

    def button(self, path, button, modal):
        del modal
        style = self.optional_integer(path, button, "style", 1, 6)
        if button.get("style") is None:
            self.fault((*path, "style"), "BASE_TYPE_REQUIRED", "This field is required")
        self.optional_text(path, button, "label", 80)
        self.flag(path, button, "disabled")
        if button.get("emoji") is not None:
            self.emoji((*path, "emoji"), button["emoji"])
        if style is None:
            return
        needed = {5: "url", 6: "sku_id"}.get(style, "custom_id")
        for key in {"custom_id", "url", "sku_id"} - {needed}:
            if button.get(key) is not None:
                self.fault((*path, key), "BUTTON_COMPONENT_INVALID_FIELD",
                           f"a button of style {style} cannot have one")
        if needed == "custom_id":
            self.custom_id(path, button)
        elif button.get(needed) is None:
            self.fault((*path, needed), "BASE_TYPE_REQUIRED", "This field is required")
        elif needed == "url":
            self.url((*path, "url"), button["url"], 512, ("http", "https", "discord"))
        else:
            self.snowflake((*path, "sku_id"), button["sku_id"])
        if (style == 6) == bool(button.get("label") or button.get("emoji")):
            self.fault(path, "BUTTON_COMPONENT_INVALID_LABEL",
                       "a premium button shows its own text" if style == 6
                       else "a button needs a label or an emoji")

    def emoji(self, path, emoji):
        if not self.keys(path, emoji, {"id", "name", "animated"}):
            return
        name = emoji.get("name")
        if emoji.get("id") is not None:
            self.snowflake((*path, "id"), emoji["id"])
        elif not isinstance(name, str) or not name or name.isascii():
            self.fault((*path, "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
        self.flag(path, emoji, "animated")

    def select(self, path, select, modal):
        self.optional_text(path, select, "placeholder", 150)
        self.counts(path, select, 25, modal)
        if modal:
            if select.get("disabled"):
                self.fault((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL",
                           "a select cannot be disabled in a modal")
            self.flag(path, select, "required")
        else:
            self.flag(path, select, "disabled")
            if "required" in select:
                self.fault((*path, "required"), "UNKNOWN_KEY", "means something in modals only")
        if select["type"] == STRING_SELECT:
            self.options(path, select, 1, 25)
        else:
            self.defaults(path, select)

    def counts(self, path, component, maximum, modal):
        """min_values and max_values, 1 each when absent."""
        low = self.optional_integer(path, component, "min_values", 0, maximum)
        high = self.optional_integer(path, component, "max_values", 1, maximum)
        if (1 if low is None else low) > (1 if high is None else high):
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_ABOVE_MAX",
                       "min_values is above max_values")
        if modal and low == 0 and component.get("required") is not False:
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_OF_REQUIRED",
                       "min_values 0 needs required: false")

    def options(self, path, select, minimum, maximum):
        path, values, chosen = (*path, "options"), set(), 0
        options = self.items(path, select.get("options"), minimum, maximum)
        for i, option in enumerate(options):
            at = (*path, i)
            if not self.keys(at, option, {"label", "value", "description", "emoji", "default"},
                             ("label", "value")):
                continue
            self.optional_text(at, option, "label", 100, 1)
            self.optional_text(at, option, "value", 100, 1)
            self.optional_text(at, option, "description", 100)
            self.flag(at, option, "default")
            chosen += option.get("default") is True
            if option.get("emoji") is not None:
                self.emoji((*at, "emoji"), option["emoji"])
            if str(option.get("value")) in values:
                self.fault((*at, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                           "The specified option value is already used")
            values.add(str(option.get("value")))
        high = select.get("max_values", 1)
        if is_integer(high) and chosen > high and select["type"] != CHECKBOXES:
            self.fault(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
                       "more options are chosen than max_values")

    def defaults(self, path, select):
        values = select.get("default_values")
        values = self.items((*path, "default_values"), values, 0, 25) if values else []
        for i, value in enumerate(values):
            at = (*path, "default_values", i)
            if self.keys(at, value, {"id", "type"}, ("id", "type")):
                self.snowflake((*at, "id"), value.get("id"))
                self.one_of((*at, "type"), value.get("type"), DEFAULT_TYPES[select["type"]])
        high = select.get("max_values", 1)
        if is_integer(high) and len(values) > high:
            self.fault((*path, "default_values"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
                       "more values than max_values")
        self.channel_types(path, select)

    def channel_types(self, path, holder):
        kinds = holder.get("channel_types")
        for i, kind in enumerate(kinds if isinstance(kinds, list) else []):
            self.one_of((*path, "channel_types", i), kind, CHANNEL_TYPES)
        if kinds is not None and not isinstance(kinds, list):
            self.fault((*path, "channel_types"), "LIST_TYPE_CONVERT", "must be a list")

    def text_display(self, path, component, modal):
        del modal
        if self.text((*path, "content"), component.get("content"), 1, 4000):
            self.shown += length(component["content"])

    def section(self, path, component, modal):
        inner = (*path, "components")
        for i, child in enumerate(self.items(inner, component.get("components"), 1, 3)):
            self.component((*inner, i), child, {TEXT_DISPLAY}, modal)
        if component.get("accessory") is None:
            self.fault((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            self.component((*path, "accessory"), component["accessory"], {BUTTON, THUMBNAIL},
                           modal)

    def media(self, path, media, schemes=("http", "https", "attachment")):
        if self.keys(path, media, {"url"}, ("url",)) and media.get("url") is not None:
            self.url((*path, "url"), media["url"], schemes=schemes)

    def thumbnail(self, path, component, modal):
        del modal
        self.media((*path, "media"), component.get("media"))
        self.optional_text(path, component, "description", 1024)
        self.flag(path, component, "spoiler")

    def gallery(self, path, component, modal):
        path = (*path, "items")
        for i, item in enumerate(self.items(path, component.get("items"), 1, 10)):
            if self.keys((*path, i), item, {"media", "description", "spoiler"}, ("media",)):
                self.thumbnail((*path, i), item, modal)

    def file(self, path, component, modal):
        del modal
        self.media((*path, "file"), component.get("file"), ("attachment",))
        self.flag(path, component, "spoiler")

    def separator(self, path, component, modal):
        del modal
        self.flag(path, component, "divider")
        self.optional_integer(path, component, "spacing", 1, 2)

    def container(self, path, component, modal):
        inner = (*path, "components")
        for i, child in enumerate(self.items(inner, component.get("components"), 1, 40)):
            self.component((*inner, i), child, IN_CONTAINER, modal)
        self.optional_integer(path, component, "accent_color", 0, 0xFFFFFF)
        self.flag(path, component, "spoiler")

    # -- modals

    def modal(self, path, data):
        if not self.keys(path, data, {"custom_id", "title", "components"},
                         ("custom_id", "title", "components")):
            return
        self.optional_text(path, data, "custom_id", 100, 1)
        self.optional_text(path, data, "title", 45, 1)
        path = (*path, "components")
        for i, component in enumerate(self.items(path, data.get("components"), 1, 5)):
            self.component((*path, i), component, {LABEL, TEXT_DISPLAY, ROW}, True)

    def label(self, path, label, modal):
        self.text((*path, "label"), label.get("label"), 1, 45)
        self.optional_text(path, label, "description", 100)
        child, path = label.get("component"), (*path, "component")
        self.component(path, child, IN_LABEL, modal)
        if isinstance(child, dict) and child.get("type") == TEXT_INPUT and "label" in child:
            self.fault((*path, "label"), "TEXT_INPUT_LABEL_IN_LABEL",
                       "the text input in a label has no label of its own")

    def text_input(self, path, component, modal):
        del modal
        style = self.optional_integer(path, component, "style", 1, 2)
        if style is None and component.get("style") is None:
            self.fault((*path, "style"), "BASE_TYPE_REQUIRED", "This field is required")
        low = self.optional_integer(path, component, "min_length", 0, 4000)
        high = self.optional_integer(path, component, "max_length", 1, 4000)
        if (low or 0) > (4000 if high is None else high):
            self.fault((*path, "min_length"), "TEXT_INPUT_MIN_ABOVE_MAX",
                       "min_length is above max_length")
        self.flag(path, component, "required")
        self.optional_text(path, component, "placeholder", 100)
        self.optional_text(path, component, "value", 4000 if high is None else high)
        if path[-1] != "component":  # in an action row, as before labels
            self.text((*path, "label"), component.get("label"), 1, 45)

    def upload(self, path, component, modal):
        low = self.optional_integer(path, component, "min_values", 0, 10)
        high = self.optional_integer(path, component, "max_values", 1, 10)
        if (low or 0) > (1 if high is None else high):
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_ABOVE_MAX",
                       "min_values is above max_values")
        if modal and low == 0 and component.get("required") is not False:
            self.fault((*path, "min_values"), "COMPONENT_MIN_VALUES_OF_REQUIRED",
                       "min_values 0 needs required: false")
        self.flag(path, component, "required")

    def radio(self, path, component, modal):
        del modal
        self.options(path, component, 2, 10)
        self.flag(path, component, "required")

    def checkboxes(self, path, component, modal):
        self.options(path, component, 1, 10)
        self.counts(path, {"max_values": 10, **component}, 10, modal)
        self.flag(path, component, "required")

    def checkbox(self, path, component, modal):
        del modal
        self.flag(path, component, "default")

    CHECKS = {ROW: row, BUTTON: button, TEXT_INPUT: text_input, SECTION: section,
              TEXT_DISPLAY: text_display, THUMBNAIL: thumbnail, GALLERY: gallery, FILE: file,
              SEPARATOR: separator, CONTAINER: container, LABEL: label, UPLOAD: upload,
              RADIO: radio, CHECKBOXES: checkboxes, CHECKBOX: checkbox,
              **dict.fromkeys(SELECTS, select)}
